/** An image format that Astria accepts. */
export interface ImageType {
  readonly mime: string;
  /** Without the dot. */
  readonly extension: string;
}

const PNG: ImageType = { mime: 'image/png', extension: 'png' };
const JPEG: ImageType = { mime: 'image/jpeg', extension: 'jpg' };
const WEBP: ImageType = { mime: 'image/webp', extension: 'webp' };
const AVIF: ImageType = { mime: 'image/avif', extension: 'avif' };
const HEIC: ImageType = { mime: 'image/heic', extension: 'heic' };

export const IMAGE_TYPES: readonly ImageType[] = [PNG, JPEG, WEBP, AVIF, HEIC];

const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';
const JPEG_SIGNATURE = '\xff\xd8\xff';
/** The brands of AV1 (AVIF 1.1, section 6) and HEVC images (ISO/IEC 23008-12, annex B) and their sequences. */
const BRANDS: ReadonlyMap<string, ImageType> = new Map([
  ...['avif', 'avis'].map((brand) => [brand, AVIF] as const),
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'].map((brand) => [brand, HEIC] as const),
]);

/**
 * Returns the type of an image by its signature, which must be at the very start, or null if it is not accepted.
 * An animated PNG is a PNG: a decoder that does not know animations shows its default image.
 */
export function imageTypeOf(head: Buffer): ImageType | null {
  const bytes = head.toString('latin1');
  if (bytes.startsWith(PNG_SIGNATURE)) return bytes.slice(12, 16) === 'IHDR' ? PNG : null;
  if (bytes.startsWith(JPEG_SIGNATURE)) return JPEG;
  if (bytes.startsWith('RIFF') && bytes.slice(8, 12) === 'WEBP') return WEBP;
  const brand = brandsOf(head).find((each) => BRANDS.has(each));
  return (brand && BRANDS.get(brand)) || null;
}

/** The brands of an ISO media file, the major one first (ISO/IEC 14496-12, section 4.3); empty for other files. */
function brandsOf(head: Buffer): string[] {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return [];
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands = end < 16 ? [] : [head.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4));
  return brands;
}
