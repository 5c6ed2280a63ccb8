import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import processRequest from 'graphql-upload/processRequest.mjs';
import Upload from 'graphql-upload/Upload.mjs';
import { RequestError } from './request-error.js';

export interface UploadLimits {
  readonly maxFileBytes: number;
}

/** An input and a mask image are all that an operation takes. */
const MAX_FILES = 4;
const MAX_OPERATIONS_BYTES = 1024 * 1024;
/** Room for the parts' headers and the map. */
const ENVELOPE_BYTES = 2 * MAX_OPERATIONS_BYTES;

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
  { maxFileBytes }: UploadLimits,
): Promise<MultipartOperation> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MAX_FILES * maxFileBytes + ENVELOPE_BYTES) {
    throw new RequestError(413, 'TOO_LARGE', 'the request is larger than this gateway takes');
  }
  // The parser takes a file that reaches its limit for one that exceeds it.
  const limits = { maxFieldSize: MAX_OPERATIONS_BYTES, maxFileSize: maxFileBytes + 1, maxFiles: MAX_FILES };
  try {
    const operations = await processRequest(request, response, limits);
    const uploads = findUploads(operations);
    for (const upload of uploads) showAsFile(upload);
    return { operations, received: allReceived(request, uploads) };
  } catch (error) {
    throw multipartError(error);
  }
}

async function allReceived(request: IncomingMessage, uploads: readonly Upload[]): Promise<void> {
  await Promise.allSettled([
    finished(request, { writable: false }),
    ...uploads.map(({ promise }) => promise),
  ]);
}

/** Where a file stands in a wrong place, GraphQL shows it and names its enumerable properties: nothing else of its inside. */
function showAsFile(upload: Upload): void {
  Object.defineProperty(upload, 'toJSON', { value: () => 'a file' });
  for (const name of ['promise', 'resolve', 'reject'])
    Object.defineProperty(upload, name, { enumerable: false });
  Object.defineProperty(upload, 'file', { enumerable: true, writable: true });
}

/** Each once. Not recursive: what a client sends can be nested deeper than a stack. */
function findUploads(operations: unknown): Upload[] {
  const uploads = new Set<Upload>();
  const pending = [operations];
  while (pending.length > 0) {
    const value = pending.pop();
    if (value instanceof Upload) uploads.add(value);
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) pending.push(inner);
  }
  return [...uploads];
}

/** graphql-upload's errors have a status and a message for the client, which ends in a link. */
function multipartError(error: unknown): RequestError {
  const message =
    error instanceof Error ? error.message.replace(/ ?\(http\S+\)/g, '') : 'malformed multipart request';
  const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
  return isTooLarge
    ? new RequestError(413, 'TOO_LARGE', message)
    : new RequestError(400, 'BAD_REQUEST', message);
}
