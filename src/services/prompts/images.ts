import type { ImageFile, PromptImage, PromptImages } from '../../domain/prompt.js';
import type { ImageInput, ImagesInput, Upload, UploadedFile } from '../../domain/uploaded-file.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { parseHttpUrl } from '../../domain/url.js';
import type { UserError } from '../../domain/user-error.js';

/** An image format that Astria accepts. */
interface ImageType {
  readonly mime: string;
  /** File extension without the dot. */
  readonly extension: string;
}

const PNG: ImageType = { mime: 'image/png', extension: 'png' };
const JPEG: ImageType = { mime: 'image/jpeg', extension: 'jpg' };
const WEBP: ImageType = { mime: 'image/webp', extension: 'webp' };
const AVIF: ImageType = { mime: 'image/avif', extension: 'avif' };
const HEIC: ImageType = { mime: 'image/heic', extension: 'heic' };

const IMAGE_TYPES: readonly ImageType[] = [PNG, JPEG, WEBP, AVIF, HEIC];

const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';
const JPEG_SIGNATURE = '\xff\xd8\xff';
/** Brands of AV1 (AVIF 1.1, section 6) and HEVC images (ISO/IEC 23008-12, annex B) and their sequences. */
const BRANDS: ReadonlyMap<string, ImageType> = new Map([
  ...['avif', 'avis'].map((brand) => [brand, AVIF] as const),
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'].map((brand) => [brand, HEIC] as const),
]);

const ACCEPTED = IMAGE_TYPES.map(({ mime }) => mime).join(', ');
/** Longest file name in bytes. Leaves room for a suffix on file systems that allow 255 bytes. */
const LONGEST_NAME_BYTES = 200;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export interface CheckedImages {
  readonly images: PromptImages;
  readonly errors: readonly UserError[];
}

/**
 * Waits until the files have been received, and checks their actual types, so that no invalid file is sent to Astria.
 * @param path Path of the images in the arguments, such as `['input']`.
 * @throws UpstreamError if the client has disconnected.
 */
export async function checkImages(input: ImagesInput, path: readonly string[]): Promise<CheckedImages> {
  const [inputImage, maskImage] = await Promise.all(
    (['inputImage', 'maskImage'] as const).map((name) => checkImage(input[name], [...path, name])),
  );
  const errors = [inputImage, maskImage].filter(isError);
  return {
    images: {
      inputImage: isError(inputImage) ? undefined : inputImage,
      maskImage: isError(maskImage) ? undefined : maskImage,
    },
    errors,
  };
}

const isError = (checked: PromptImage | UserError | null | undefined): checked is UserError =>
  checked != null && 'code' in checked;

async function checkImage(
  given: ImageInput | null | undefined,
  path: readonly string[],
): Promise<PromptImage | UserError | null | undefined> {
  if (given === null || given === undefined) return given;
  const { upload, url } = given;
  if (upload) return checkUpload(upload, [...path, 'upload']);
  if (typeof url === 'string' && parseHttpUrl(url)) return { url };
  return { code: 'INVALID', message: 'The image must be an http or https URL.', field: [...path, 'url'] };
}

async function checkUpload(upload: Upload, field: readonly string[]): Promise<PromptImage | UserError> {
  try {
    const file = await upload;
    const { head, size, sha256 } = await file.content;
    if (size === 0) return { code: 'INVALID', message: 'The file is empty. Send an image.', field };
    const type = imageTypeOf(head);
    const message = `The file is not an image of a supported type. Send one of: ${ACCEPTED}.`;
    if (!type) return { code: 'UNSUPPORTED_MEDIA', message, field };
    return { file: imageFile(file, type, { size, sha256 }) };
  } catch (error) {
    return uploadFault(error, field);
  }
}

/** Converts an error of an upload to a user error. @throws The error itself if the client did not cause it. */
function uploadFault(error: unknown, field: readonly string[]): UserError {
  if (!(error instanceof Error)) throw error;
  const uploadError = (code: UserError['code'], message: string): UserError => ({ code, message, field });
  const status = 'status' in error ? error.status : null;
  if (status === 413)
    return uploadError('TOO_LARGE', 'The file exceeds the size limit of this gateway. Send a smaller one.');
  if (status === 400) return uploadError('REQUIRED', 'The request does not contain this file.');
  if (status === 499) throw new UpstreamError('astria', 'CANCELLED', 'The client has disconnected.');
  // The parser's own errors have no code. Errors of this machine, such as a full disk, have one.
  if (status !== null || 'code' in error) throw error;
  return uploadError('INVALID', 'The file is incomplete: the request is malformed or was cut off.');
}

function imageFile(
  file: UploadedFile,
  { mime, extension }: ImageType,
  content: Pick<ImageFile, 'size' | 'sha256'>,
): ImageFile {
  return {
    // A file part may have no name.
    filename: safeFileName(file.filename) || `image.${extension}`,
    contentType: mime,
    ...content,
    open: () => file.read(),
  };
}

/**
 * Returns the last segment of a client's path, in NFC, without characters that are special in a header or a file system.
 * A long name is cut at whole characters before its extension. Empty if the client sent no name.
 */
function safeFileName(path: string | undefined): string {
  const last = (path ?? '').split(/[\\/]/).at(-1) ?? '';
  // A combining mark is removed together with the character before it.
  const name = last.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._ -][^\p{L}\p{N}._ -]*/gu, '_');
  if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return name;
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  return `${firstGraphemes(stem, LONGEST_NAME_BYTES - Buffer.byteLength(extension)) || '_'}${extension}`;
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

/**
 * Returns the type of an image by the signature at its very start, or null if the type is not accepted. An animated PNG
 * counts as a PNG, because decoders without animation support show its default image.
 */
function imageTypeOf(head: Buffer): ImageType | null {
  const bytes = head.toString('latin1');
  if (bytes.startsWith(PNG_SIGNATURE)) return bytes.slice(12, 16) === 'IHDR' ? PNG : null;
  if (bytes.startsWith(JPEG_SIGNATURE)) return JPEG;
  if (bytes.startsWith('RIFF') && bytes.slice(8, 12) === 'WEBP') return WEBP;
  const brand = brandsOf(head).find((each) => BRANDS.has(each));
  return (brand && BRANDS.get(brand)) || null;
}

/** Returns the brands of an ISO media file, major brand first (ISO/IEC 14496-12, section 4.3). Empty for other files. */
function brandsOf(head: Buffer): string[] {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return [];
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands = end < 16 ? [] : [head.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4));
  return brands;
}
