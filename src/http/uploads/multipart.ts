import type { IncomingMessage, ServerResponse } from 'node:http';
import processRequest from 'graphql-upload/processRequest.mjs';
import { badRequest, RequestError } from '../request-error.js';
import { whenParsed } from './graphql-upload-patches.js';

export interface UploadLimits {
  readonly maxFileBytes: number;
  /** Maximum size of a JSON body, a WebSocket message, and a field of a multipart request. */
  readonly maxBodyBytes: number;
}

/** Maximum number of files. An operation needs at most two, an input image and a mask image. */
const MAX_FILES = 4;
/** Number of bytes for the headers of the parts. */
const ENVELOPE_BYTES = 64 * 1024;

/**
 * Reads a GraphQL multipart request (graphql-multipart-request-spec) under finite limits.
 * @returns The `operations` with their Uploads, and a promise for the arrival of the whole request. Await it before responding,
 * because graphql-upload forgets the temporary file of a part that arrives later.
 * @throws RequestError if the request is malformed or exceeds a limit.
 */
export async function readMultipart(
  request: IncomingMessage,
  response: ServerResponse,
  { maxFileBytes, maxBodyBytes }: UploadLimits,
): Promise<{ readonly operations: unknown; readonly received: Promise<void> }> {
  const contentLength = Number(request.headers['content-length'] ?? 0);
  const maxBytes = MAX_FILES * maxFileBytes + 2 * maxBodyBytes + ENVELOPE_BYTES;
  if (contentLength > maxBytes)
    throw new RequestError(
      413,
      'TOO_LARGE',
      `The request has ${contentLength} bytes, but the limit is ${maxBytes}.`,
    );
  // The parser treats a file that reaches its limit as one that exceeds it.
  const limits = { maxFieldSize: maxBodyBytes, maxFileSize: maxFileBytes + 1, maxFiles: MAX_FILES };
  const received = whenParsed(request);
  try {
    return { operations: await processRequest(request, response, limits), received };
  } catch (error) {
    throw multipartError(error);
  }
}

/** Converts an error of graphql-upload, whose message ends with a link. */
function multipartError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const original = error instanceof Error ? error.message : 'The multipart request is malformed.';
  const message = original.replace(/ ?\(http\S+\)/g, '');
  const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
  return isTooLarge ? new RequestError(413, 'TOO_LARGE', message) : badRequest(message);
}
