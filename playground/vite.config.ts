import path from 'node:path';
import { defineConfig } from 'vite';
import { compress } from './build/compress.js';
import { documents } from './build/documents.js';

export default defineConfig({
  root: import.meta.dirname,
  // A proxy may serve the gateway below a path.
  base: './',
  plugins: [documents(path.join(import.meta.dirname, '..')), compress()],
  build: {
    outDir: '../dist/public',
    emptyOutDir: true,
    target: 'es2022',
    // The editor alone exceeds Vite's default limit.
    chunkSizeWarningLimit: 4_000,
    // Libraries mark modules as "use client", which has no effect here. Compression takes most of the time.
    rolldownOptions: { checks: { moduleLevelDirective: false, bundlerTimings: false } },
  },
});
