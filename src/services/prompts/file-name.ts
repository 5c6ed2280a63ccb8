/** Leaves room for a suffix in file systems that allow 255 bytes. */
const MAX_BYTES = 200;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Returns the last segment of a client's path, in NFC, without characters that are special in a header or a file system.
 * A long name loses whole characters before its extension. Empty if the client sent no name.
 */
export function safeFileName(path: string | undefined): string {
  const last = (path ?? '').split(/[\\/]/).at(-1) ?? '';
  // A combining mark belongs to the character before it, and goes with it.
  const name = last.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._ -][^\p{L}\p{N}._ -]*/gu, '_');
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  return `${firstGraphemes(stem, MAX_BYTES - Buffer.byteLength(extension)) || '_'}${extension}`;
}

function firstGraphemes(text: string, maxBytes: number): string {
  let size = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    size += Buffer.byteLength(segment);
    if (size > maxBytes) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
