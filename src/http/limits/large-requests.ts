import type { FastifyReply, FastifyRequest } from 'fastify';
import { overloaded } from '../request-error.js';
import { isLoopback, sourceOf } from './client-address.js';
import { ConnectionSlots } from './connection-slots.js';

/** Larger than any operation without files. Smaller bodies, one on each connection, do no harm. */
const SMALL_BYTES = 16 * 1024;
/** Maximum number of concurrent larger requests. */
const MAX_LARGE = 256;
const TOO_MANY = 'Too many large requests are in progress. Try again in a moment.';

/**
 * Limits requests with large bodies, which use memory or disk space from their first byte until their response. Call the
 * returned function before any of the body is read. It throws RequestError if too many are in progress.
 */
export function limitLargeRequests(): (request: FastifyRequest, reply: FastifyReply) => void {
  const slots = new ConnectionSlots(MAX_LARGE);
  return (request, reply) => {
    if (!isLarge(request)) return;
    // A proxy on this machine represents many clients.
    const leave = slots.acquire(isLoopback(request.ip) ? null : sourceOf(request.ip));
    if (!leave) throw overloaded(TOO_MANY);
    reply.raw.once('close', leave);
  };
}

/** A body of unknown length counts as large. */
function isLarge({ method, headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return method === 'POST' && (length === undefined || Number(length) > SMALL_BYTES);
}
