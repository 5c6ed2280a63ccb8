// Builds the playground if its inputs have changed since the last build.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const OUTPUT = path.join(ROOT, 'dist/public');
/** File with the hash of the inputs. Vite empties the folder first, so an aborted build leaves no stamp. */
const STAMP = path.join(OUTPUT, '.inputs');

const filesIn = (folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));

/** Returns a hash of all inputs of the page and the documents. */
function inputs() {
  const documents = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const settings = ['LICENSE', 'tsconfig.json', 'package-lock.json'];
  const folders = ['playground', 'docs', 'schema', 'bench'].flatMap(filesIn);
  const hash = createHash('sha256');
  for (const name of [...documents, ...settings, ...folders].sort()) {
    const content = readFileSync(path.join(ROOT, name));
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function built() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return null;
  }
}

const current = inputs();
if (built() !== current) {
  const { build } = await import('vite');
  await build({ configFile: path.join(ROOT, 'playground/vite.config.ts'), logLevel: 'warn' });
  writeFileSync(STAMP, current);
}
