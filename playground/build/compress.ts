import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** What is not compressed in itself. */
const TEXTUAL = /\.(js|css|html|svg|json|txt|ttf)$/;
/** Less is one packet, however it is packed. */
const WORTHWHILE_BYTES = 1024;
/** A step more would take seven times as long, for 6 % less to send. */
const BROTLI_QUALITY = 9;

const asGzip = promisify(gzip);
const asBrotli = promisify(brotliCompress);

/** Puts compressed forms beside the files in folders, as `.gz` and `.br`; the page itself is completed when it is served. */
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
