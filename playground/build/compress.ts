import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Files that are not compressed already. */
const TEXTUAL = /\.(js|css|html|svg|json|txt|ttf)$/;
/** Minimum size. A smaller file fits into one packet anyway. */
const WORTHWHILE_BYTES = 1024;
/** The next level takes seven times as long and saves only 6%. */
const BROTLI_QUALITY = 9;

const asGzip = promisify(gzip);
const asBrotli = promisify(brotliCompress);

/** Writes compressed `.gz` and `.br` files next to the assets. The gateway completes the page itself when it serves it. */
export function compress(): Plugin {
  return {
    name: 'promptgate-compress',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((name) => name.includes('/') && TEXTUAL.test(name));
      await Promise.all(names.map((name) => compressFile(path.join(dir, name))));
    },
  };
}

async function compressFile(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.length < WORTHWHILE_BYTES) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  await Promise.all([
    asGzip(content, { level: constants.Z_BEST_COMPRESSION }).then((packed) =>
      writeFile(`${file}.gz`, packed),
    ),
    asBrotli(content, { params }).then((packed) => writeFile(`${file}.br`, packed)),
  ]);
}
