import path from 'node:path';
import { defineConfig } from 'vite';
import { compress } from './build/compress.js';
import { documents } from './build/documents.js';

export default defineConfig({
  root: import.meta.dirname,
  // A proxy may have put the gateway below a path.
  base: './',
  plugins: [documents(path.join(import.meta.dirname, '..')), compress()],
  build: {
    outDir: '../dist/public',
    emptyOutDir: true,
    target: 'es2022',
    // The editor alone is larger than what Vite likes.
    chunkSizeWarningLimit: 4_000,
    // Libraries mark modules of theirs as "use client", which means nothing here. Most of the time goes into compressing.
    rolldownOptions: { checks: { moduleLevelDirective: false, bundlerTimings: false } },
  },
});
