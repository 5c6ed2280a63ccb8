import type { IncomingMessage, ServerResponse } from 'node:http';
import processRequest from 'graphql-upload/processRequest.mjs';
import { badRequest, RequestError } from '../request-error.js';
import { whenParsed } from './graphql-upload-patches.js';

export interface UploadLimits {
  readonly maxFileBytes: number;
  /** Maximum size of a JSON body, a WebSocket message, and a field of a multipart request. */
  readonly maxBodyBytes: number;
}

/** An operation takes at most an input image and a mask image. */
const MAX_FILES = 4;
/** Room for the headers of the parts, in addition to the operations and the map. */
const ENVELOPE_BYTES = 64 * 1024;

/**
 * Reads a GraphQL multipart request (graphql-multipart-request-spec) under finite limits.
 * @returns The `operations`, with an Upload wherever `map` puts one, and a promise for the arrival of the whole request. Await
 * it before sending the response: graphql-upload forgets the temporary file of a part that arrives later.
 * @throws RequestError if the request is malformed or exceeds a limit.
 */
export async function readMultipart(
  request: IncomingMessage,
  response: ServerResponse,
  { maxFileBytes, maxBodyBytes }: UploadLimits,
): Promise<{ readonly operations: unknown; readonly received: Promise<void> }> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const most = MAX_FILES * maxFileBytes + 2 * maxBodyBytes + ENVELOPE_BYTES;
  if (announced > most)
    throw new RequestError(413, 'TOO_LARGE', `The request has ${announced} bytes, but the limit is ${most}.`);
  // The parser treats a file that reaches its limit as one that exceeds it.
  const limits = { maxFieldSize: maxBodyBytes, maxFileSize: maxFileBytes + 1, maxFiles: MAX_FILES };
  const received = whenParsed(request);
  try {
    return { operations: await processRequest(request, response, limits), received };
  } catch (error) {
    throw multipartError(error);
  }
}

/** Converts an error of graphql-upload. It has a status, and a message for the client that ends with a link. */
function multipartError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const given = error instanceof Error ? error.message : 'The multipart request is malformed.';
  const message = given.replace(/ ?\(http\S+\)/g, '');
  const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
  return isTooLarge ? new RequestError(413, 'TOO_LARGE', message) : badRequest(message);
}
