import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import busboy, { type Busboy } from 'busboy';
import type { PendingUpload } from '../../graphql/pending-upload.js';
import { RequestError } from '../request-error.js';
import { MAX_FILES, MultipartError, parseOperations, placeFiles, tooManyFiles } from './file-map.js';
import { TemporaryFile } from './temporary-file.js';

export interface UploadLimits {
  readonly maxFileBytes: number;
  /** The largest JSON body, WebSocket message, and field of a multipart request. */
  readonly maxBodyBytes: number;
}

/** Room for the parts' headers, besides the operations and the map. */
const ENVELOPE_BYTES = 64 * 1024;

export interface MultipartOperation {
  /** Value of the field `operations`, with a {@link PendingUpload} wherever the map puts one. */
  readonly operations: object;
  /** Resolves when all of the request has been read. Await it before sending the response, which ends the upload. */
  readonly received: Promise<unknown>;
}

/**
 * Reads a GraphQL multipart request (graphql-multipart-request-spec) under finite limits. Resolves when the map has been read:
 * the files may follow.
 * @throws RequestError when it is not one, or over a limit.
 */
export async function readMultipart(
  request: IncomingMessage,
  response: ServerResponse,
  limits: UploadLimits,
): Promise<MultipartOperation> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const most = MAX_FILES * limits.maxFileBytes + 2 * limits.maxBodyBytes + ENVELOPE_BYTES;
  if (announced > most)
    throw new RequestError(413, 'TOO_LARGE', `the request has ${announced} bytes, and the limit is ${most}`);
  const parser = createParser(request, limits);
  const complete = finished(request, { writable: false });
  const received = Promise.allSettled([complete, finished(parser, { readable: false })]);
  return new Promise((resolve, reject) => {
    let operations: object | null = null;
    /** Files whose part has not arrived; null until the map has been read. */
    let missing: Map<string, PendingUpload> | null = null;
    const files: TemporaryFile[] = [];
    const fail = (error: Error) => {
      for (const upload of missing?.values() ?? []) upload.fail(error);
      request.unpipe(parser);
      // Fails the file that is being received.
      parser.destroy(error);
      // What the destroyed parser still does in this turn can pause the request again.
      setImmediate(() => request.resume());
      reject(error instanceof RequestError ? error : new RequestError(400, 'BAD_REQUEST', error.message));
    };
    parser.on('field', (name, value, { valueTruncated }) => {
      try {
        if (valueTruncated) throw fieldTooLarge(name, limits);
        if (name === 'operations') operations = parseOperations(value);
        if (name !== 'map') return;
        missing = placeFiles(operations, value);
        if (operations) resolve({ operations, received });
      } catch (error) {
        fail(error instanceof Error ? error : new Error('malformed multipart request'));
      }
    });
    parser.on('file', (name, part, { filename }) => {
      if (!missing) fail(new MultipartError(400, 'Misordered multipart fields; files should follow ‘map’.'));
      const upload = missing?.get(name);
      // If several parts share a name, the first is used.
      if (!upload || response.closed) {
        part.on('error', () => {}).resume();
        return;
      }
      missing?.delete(name);
      const file = store(part, filename, limits);
      files.push(file);
      upload.arrive(file);
    });
    parser.on('filesLimit', () => fail(tooManyFiles()));
    parser.on('error', (error: Error) => fail(error));
    parser.on('finish', () => {
      const field = operations ? 'map' : 'operations';
      if (!missing) return fail(new MultipartError(400, `Missing multipart field ‘${field}’.`));
      for (const upload of missing.values())
        upload.fail(new MultipartError(400, 'File missing in the request.'));
    });
    complete.catch(() =>
      fail(new MultipartError(499, 'Request disconnected during file upload stream parsing.')),
    );
    response.once('close', () => {
      for (const file of files) file.release();
    });
    request.pipe(parser);
  });
}

/** Stores a file part while it arrives. */
function store(part: Readable, name: string | undefined, { maxFileBytes }: UploadLimits): TemporaryFile {
  const file = new TemporaryFile(name);
  const tooLarge = `File truncated as it exceeds the ${maxFileBytes} byte size limit.`;
  part.on('limit', () => file.destroy(new MultipartError(413, tooLarge)));
  part.on('error', (error) => file.destroy(error));
  file.on('error', () => part.unpipe().resume());
  return part.pipe(file);
}

/** @throws RequestError for headers without a boundary. */
function createParser({ headers }: IncomingMessage, { maxBodyBytes, maxFileBytes }: UploadLimits): Busboy {
  // The parser treats a file that reaches its limit like one that exceeds it.
  const limits = { fieldSize: maxBodyBytes, fields: 2, fileSize: maxFileBytes + 1, files: MAX_FILES };
  try {
    return busboy({ headers, defParamCharset: 'utf8', limits });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'malformed multipart request';
    throw new RequestError(400, 'BAD_REQUEST', message);
  }
}

const fieldTooLarge = (name: string, { maxBodyBytes }: UploadLimits) =>
  new MultipartError(413, `The ‘${name}’ multipart field value exceeds the ${maxBodyBytes} byte size limit.`);
