import type { FastifyReply, FastifyRequest } from 'fastify';
import { overloaded } from '../request-error.js';
import { isLoopback, sourceOf } from './client-address.js';
import { ConnectionSlots } from './connection-slots.js';

/** Size that no operation without files exceeds. Smaller bodies, one on each connection, do no harm. */
const SMALL_BYTES = 16 * 1024;
/** Maximum number of concurrent larger requests. */
const MAX_LARGE = 256;
const TOO_MANY = 'Too many large requests are in progress. Try again in a moment.';

/**
 * Limits requests with large bodies, which use memory or disk space until their response.
 * @returns A function to call before any of the body is read. It throws RequestError if too many are in progress.
 */
export function limitLargeRequests(): (request: FastifyRequest, reply: FastifyReply) => void {
  const slots = new ConnectionSlots(MAX_LARGE);
  return (request, reply) => {
    if (!isLarge(request)) return;
    // A proxy on this machine represents many clients.
    const release = slots.acquire(isLoopback(request.ip) ? null : sourceOf(request.ip));
    if (!release) throw overloaded(TOO_MANY);
    reply.raw.once('close', release);
  };
}

/** Returns true for a large body, or one of unknown length. */
function isLarge({ method, headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return method === 'POST' && (length === undefined || Number(length) > SMALL_BYTES);
}
