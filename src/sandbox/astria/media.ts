import type { UploadedFile } from '../form.js';

const SIGNATURES: readonly (readonly [offset: number, bytes: string])[] = [
  [0, '\x89PNG\r\n\x1a\n'],
  [0, '\xff\xd8\xff'],
  [0, 'GIF87a'],
  [0, 'GIF89a'],
  [8, 'WEBP'],
  [0, 'BM'],
  [0, 'II*\0'],
  [0, 'MM\0*'],
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1', 'avif', 'avis'].map(
    (brand) => [8, brand] as const,
  ),
];

/** Returns the reason why a field rejects a file, or null. Only images are checked by their bytes. */
export function fileProblem(file: UploadedFile, accepts: 'image' | 'video' | 'audio'): string | null {
  if (file.size === 0) return 'is empty';
  if (!file.contentType.toLowerCase().startsWith(`${accepts}/`)) {
    return `has an invalid content type (${file.contentType || 'none'})`;
  }
  if (accepts === 'image' && !looksLikeImage(file.head)) return 'is not a valid image';
  return null;
}

/** Returns true for a text file that describes a training picture. */
export function isCaption(file: UploadedFile): boolean {
  return file.size > 0 && file.filename.endsWith('.txt') && file.contentType.startsWith('text/plain');
}

function looksLikeImage(head: Buffer): boolean {
  const start = head.toString('latin1');
  return SIGNATURES.some(([offset, bytes]) => start.startsWith(bytes, offset));
}
