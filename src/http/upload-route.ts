import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import processRequest from 'graphql-upload/processRequest.mjs';
import Upload from 'graphql-upload/Upload.mjs';
import { RequestError } from './request-error.js';
import { unlinkOpen } from './upload-files.js';

export interface UploadLimits {
  readonly maxFileBytes: number;
  /** The largest JSON body, WebSocket message, and field of a multipart request. */
  readonly maxBodyBytes: number;
}

/** An input and a mask image are all that an operation takes. */
const MAX_FILES = 4;
/** Room for the parts' headers, besides the operations and the map. */
const ENVELOPE_BYTES = 64 * 1024;
/** Many times that of the longest path there is: `variables.input.inputImage.upload`. */
const MAX_PATH_CHARACTERS = 1_000;

export interface MultipartOperation {
  /** What stands in `operations`, with an Upload wherever `map` puts one. */
  readonly operations: unknown;
  /**
   * Resolves when all of the request has been read. To be waited for before the answer is sent: graphql-upload forgets
   * the temporary file of a part that arrives after that.
   */
  readonly received: Promise<void>;
}

/**
 * Reads a GraphQL multipart request (graphql-multipart-request-spec) under finite limits.
 * @throws RequestError when it is not one, or over a limit.
 */
export async function readMultipart(
  request: IncomingMessage,
  response: ServerResponse,
  { maxFileBytes, maxBodyBytes }: UploadLimits,
): Promise<MultipartOperation> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const most = MAX_FILES * maxFileBytes + 2 * maxBodyBytes + ENVELOPE_BYTES;
  if (announced > most)
    throw new RequestError(413, 'TOO_LARGE', `the request has ${announced} bytes, and the limit is ${most}`);
  // The parser takes a file that reaches its limit for one that exceeds it.
  const limits = { maxFieldSize: maxBodyBytes, maxFileSize: maxFileBytes + 1, maxFiles: MAX_FILES };
  const received = whenParsed(request);
  try {
    return { operations: await processRequest(request, response, limits), received };
  } catch (error) {
    throw multipartError(error);
  }
}

/**
 * Resolves when the request has ended, and what it is about to be piped into has taken in all of it, or has given up. That
 * its files have come says less: the map can have one that no operation sees.
 */
function whenParsed(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const pipe = request.pipe.bind(request);
    request.pipe = (parser, options) => {
      refuseLongPaths(parser);
      const ends = [finished(request, { writable: false }), finished(parser, { readable: false })];
      void Promise.allSettled(ends).then(() => resolve());
      return pipe(parser, options);
    };
  });
}

/**
 * graphql-upload follows the paths of a map by copying what is left of each at every step: one of a hundred kilobytes would
 * keep the process busy for seconds.
 */
function refuseLongPaths(parser: NodeJS.WritableStream): void {
  const emit = parser.emit.bind(parser);
  parser.emit = (event, ...args: unknown[]) => {
    const [name, value] = args;
    const isLong = event === 'field' && name === 'map' && hasLongPath(String(value));
    if (!isLong) return emit(event, ...args);
    const message = `a path of the map has more than ${MAX_PATH_CHARACTERS} characters`;
    return emit('error', new RequestError(400, 'BAD_REQUEST', message));
  };
}

/** False as well for what is no map, which graphql-upload finds out. */
function hasLongPath(map: string): boolean {
  try {
    const paths = Object.values(Object(JSON.parse(map))).flat();
    return paths.some((path) => typeof path === 'string' && path.length > MAX_PATH_CHARACTERS);
  } catch {
    return false;
  }
}

/**
 * A path of the map can lead on into a file that an earlier path has put in its place, and so replace what graphql-upload
 * needs to find there: it would call what is no function, and that ends the process. So a file can be changed by nothing
 * but its arrival. Where one stands in a wrong place, GraphQL shows it and names its enumerable properties: nothing else of
 * its inside.
 */
Object.defineProperties(Upload.prototype, {
  // The constructor sets it last.
  promise: { set: seal },
  toJSON: { value: () => 'a file' },
});

function seal(this: Upload, promise: Upload['promise']): void {
  let arrived: Upload['file'];
  let kept: Writable | null = null;
  const set = (file: Upload['file']) => {
    const copy: unknown = file && 'capacitor' in file ? file.capacitor : null;
    if (!(copy instanceof Writable)) throw new TypeError('a file cannot be replaced');
    copy.once('ready', () => unlinkOpen(copy));
    if (!kept || kept.destroyed) {
      arrived = file;
      kept = copy;
      return;
    }
    // Of several parts of one name the first counts: graphql-upload would forget the temporary files of all but the last.
    const drop = () => copy.destroy();
    copy.once('finish', drop);
    kept.once('close', drop);
  };
  const fixed = { writable: false, enumerable: false };
  Object.defineProperties(this, {
    promise: { value: Object.freeze(promise) },
    resolve: fixed,
    reject: fixed,
    file: { enumerable: true, get: () => arrived, set },
  });
  Object.preventExtensions(this);
}

/** graphql-upload's errors have a status and a message for the client, which ends in a link. */
function multipartError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const message =
    error instanceof Error ? error.message.replace(/ ?\(http\S+\)/g, '') : 'malformed multipart request';
  const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
  return isTooLarge
    ? new RequestError(413, 'TOO_LARGE', message)
    : new RequestError(400, 'BAD_REQUEST', message);
}
