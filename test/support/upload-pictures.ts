import { createHash } from 'node:crypto';

type Bytes = Buffer<ArrayBuffer>;

function chunkHead(length: number, name: string): Bytes {
  const head = Buffer.alloc(8, name.padStart(8));
  head.writeUInt32BE(length, 0);
  return head;
}

/** Builds the head of a PNG of `size` bytes, up to its pixels. */
export function pngHead(size: number): Bytes {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const header = Buffer.concat([
    chunkHead(13, 'IHDR'),
    Buffer.from([0, 0, 2, 0, 0, 0, 2, 0, 8, 0, 0, 0, 0]),
    Buffer.alloc(4),
  ]);
  return Buffer.concat([signature, header, chunkHead(size - 41, 'IDAT')]);
}

/** Builds a file of exactly `size` bytes that starts like a PNG. Different fills make different files. */
export function png(size: number, fill = 0xa5): Bytes {
  return Buffer.concat([pngHead(size), Buffer.alloc(size, fill)]).subarray(0, size);
}

function ftyp(major: string, ...compatible: string[]): Bytes {
  const brands = Buffer.from(compatible.join(''));
  const box = [chunkHead(16 + brands.length, 'ftyp'), Buffer.from(major), Buffer.alloc(4), brands];
  return Buffer.concat([...box, Buffer.alloc(64)]);
}

/** Builds an animated PNG with `acTL` before or after its first `IDAT`, after a chunk of `gap` bytes. */
function apng(position: 'before' | 'behind', gap: number): Bytes {
  const chunk = (name: string, size: number) =>
    Buffer.concat([chunkHead(size, name), Buffer.alloc(size + 4, 1)]);
  const [pixels, animation] = [chunk('IDAT', 50), chunk('acTL', 8)];
  const chunks = position === 'before' ? [animation, pixels] : [pixels, animation];
  return Buffer.concat([pngHead(41).subarray(0, 33), chunk('tEXt', gap), ...chunks, chunk('IEND', 0)]);
}

/** Starts of files of each accepted type, by content type. */
export const PICTURES: Readonly<Record<string, Bytes>> = {
  'image/png': png(400),
  'image/jpeg': Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10]),
    Buffer.from('JFIF\0'),
    Buffer.alloc(300, 7),
  ]),
  'image/webp': Buffer.concat([
    Buffer.from('RIFF'),
    Buffer.from([0x2c, 1, 0, 0]),
    Buffer.from('WEBPVP8 '),
    Buffer.alloc(288, 3),
  ]),
  'image/avif': ftyp('avif', 'avif', 'mif1'),
  'image/heic': ftyp('heic', 'heic', 'mif1'),
};

/** Images whose type only their complete head shows. */
export const DISGUISED: Readonly<Record<string, { readonly bytes: Bytes; readonly type: string }>> = {
  'HEIC with the major brand mif1': { bytes: ftyp('mif1', 'mif1', 'MiHE', 'heic'), type: 'image/heic' },
  'AVIF with the major brand mif1': { bytes: ftyp('mif1', 'mif1', 'miaf', 'avif'), type: 'image/avif' },
  'HEIC with the major brand msf1': { bytes: ftyp('msf1', 'msf1', 'hevc', 'heic'), type: 'image/heic' },
  'AVIF with the major brand msf1': { bytes: ftyp('msf1', 'msf1', 'avis'), type: 'image/avif' },
  'an animated PNG': { bytes: apng('before', 0), type: 'image/png' },
  'an animated PNG with acTL after IDAT': { bytes: apng('behind', 0), type: 'image/png' },
  'an animated PNG with acTL after a long chunk': { bytes: apng('before', 10_000), type: 'image/png' },
};

/** Files of types that are rejected, by their name. */
export const NO_PICTURES: Readonly<Record<string, Bytes>> = {
  text: Buffer.from('just some words\n'),
  html: Buffer.from('<!doctype html><html><body><script>alert(1)</script></body></html>'),
  svg: Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  pdf: Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\n', 'latin1'),
  zip: Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4, 0x14, 0, 0, 0, 0, 0]), Buffer.alloc(100)]),
  gif: Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(100)]),
  elf: Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), Buffer.alloc(100)]),
  'a HEIF image of another codec': ftyp('mif1', 'mif1', 'jpeg'),
  'a brand behind the ftyp box': Buffer.concat([ftyp('mif1', 'mif1').subarray(0, 20), Buffer.from('heic')]),
  video: ftyp('isom', 'isom', 'mp42'),
  'a PNG behind a BOM': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), png(400)]),
  'a PNG behind an ID3 tag': Buffer.concat([Buffer.from('ID3\u0003\0\0\0\0\0\u0004tags'), png(400)]),
  'half a PNG signature': Buffer.from([0x89, 0x50, 0x4e, 0x47]),
};

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
