import { createHash } from 'node:crypto';
import { fileTypeFromBuffer } from 'file-type';
import type { ImageFile, PromptImage, PromptImages } from '../../domain/prompt.js';
import type { ImageInput, ImagesInput, Upload, UploadedFile } from '../../domain/uploaded-file.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import { isHttpUrl } from './attribute-rules.js';
import { sweeping } from './sweeping.js';

/** The kinds of images that are passed on. */
const ACCEPTED = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/heic']);
/** How much of a file's start tells its kind. */
const HEAD_BYTES = 4100;

export interface CheckedImages {
  readonly images: PromptImages;
  readonly faults: readonly UserError[];
}

/**
 * Waits for the files, reads each once to the end, and checks what they really are, so that nothing bad is sent on.
 * @param path Where the images stand in the arguments, such as `['input']`.
 * @throws when the client has hung up.
 */
export async function checkImages(input: ImagesInput, path: readonly string[]): Promise<CheckedImages> {
  const [inputImage, maskImage] = await Promise.all(
    (['inputImage', 'maskImage'] as const).map((name) => checkImage(input[name], [...path, name])),
  );
  const faults = [inputImage, maskImage].filter(isFault);
  return {
    images: {
      inputImage: isFault(inputImage) ? undefined : inputImage,
      maskImage: isFault(maskImage) ? undefined : maskImage,
    },
    faults,
  };
}

const isFault = (checked: PromptImage | UserError | null | undefined): checked is UserError =>
  checked != null && 'code' in checked;

async function checkImage(
  given: ImageInput | null | undefined,
  path: readonly string[],
): Promise<PromptImage | UserError | null | undefined> {
  if (given === null || given === undefined) return given;
  const { upload, url } = given;
  if (upload) return checkUpload(upload, [...path, 'upload']);
  if (typeof url === 'string' && isHttpUrl(url)) return { url };
  return { code: 'INVALID', message: 'the image must be an http or https address', field: [...path, 'url'] };
}

async function checkUpload(upload: Upload, field: readonly string[]): Promise<PromptImage | UserError> {
  try {
    const file = await upload;
    const { head, size, sha256 } = await readThrough(file);
    if (size === 0) return { code: 'INVALID', message: 'the file is empty', field };
    const type = await fileTypeFromBuffer(head);
    if (!type || !ACCEPTED.has(type.mime)) {
      const message = `the file is no image of a kind that is taken: ${[...ACCEPTED].join(', ')}`;
      return { code: 'UNSUPPORTED_MEDIA', message, field };
    }
    return { file: imageFile(file, type, { size, sha256 }) };
  } catch (error) {
    return uploadFault(error, field);
  }
}

/** What an error of graphql-upload or its parser is to the caller. @throws the error itself when it is not about what was sent. */
function uploadFault(error: unknown, field: readonly string[]): UserError {
  if (!(error instanceof Error)) throw error;
  const status = 'status' in error ? error.status : null;
  if (status === 413)
    return { code: 'TOO_LARGE', message: 'the file is larger than this gateway takes', field };
  if (status === 400) return { code: 'REQUIRED', message: 'the request does not carry this file', field };
  if (status === 499) throw new UpstreamError('astria', 'CANCELLED', 'the caller went away');
  // The parser's own errors are bare; those of this machine (a full disk, say) have a code.
  if (status !== null || 'code' in error) throw error;
  return {
    code: 'INVALID',
    message: 'the file did not arrive whole: the request is malformed or cut off',
    field,
  };
}

async function readThrough(file: UploadedFile): Promise<{ head: Buffer; size: number; sha256: string }> {
  const start: Buffer[] = [];
  let kept = 0;
  let size = 0;
  const hash = createHash('sha256');
  for await (const chunk of sweeping(file.createReadStream())) {
    size += chunk.length;
    hash.update(chunk);
    if (kept < HEAD_BYTES) {
      // A copy: a slice would keep the whole chunk in memory.
      const piece = Buffer.from(chunk.subarray(0, HEAD_BYTES - kept));
      start.push(piece);
      kept += piece.length;
    }
  }
  return { head: Buffer.concat(start), size, sha256: hash.digest('base64url') };
}

function imageFile(
  file: UploadedFile,
  { mime, ext }: { mime: string; ext: string },
  content: Pick<ImageFile, 'size' | 'sha256'>,
): ImageFile {
  return {
    filename: plainName(file.filename) || `image.${ext}`,
    contentType: mime,
    ...content,
    open: () => sweeping(file.createReadStream()),
  };
}

/** The last part of a name, without anything that a header or a file system minds; a file part may have none. */
function plainName(name: string | undefined): string {
  const base = (name ?? '').split(/[\\/]/).at(-1) ?? '';
  return base.replace(/[^\p{L}\p{N}._ -]+/gu, '_').slice(-100);
}
