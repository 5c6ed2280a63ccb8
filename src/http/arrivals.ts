import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from './access/exposure.js';
import { sourceOf } from './client-address.js';
import { OVERLOADED } from './load-shedder.js';
import { RequestError } from './request-error.js';

/** Up to here bodies are many times as large as an operation without files, and one on each connection does no harm. */
const SMALL_BYTES = 16 * 1024;
/** Number of larger requests at a time, in all and from one source: see sourceOf. */
const MOST = 256;
const MOST_OF_ONE = 64;

/** Requests with large bodies, which take memory or room on the disk from their first byte on until they are answered. */
export class Arrivals {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /**
   * To be called before anything of a body is read.
   * @throws RequestError where there are too many of them already.
   */
  enter(request: FastifyRequest, { raw: response }: Pick<FastifyReply, 'raw'>): void {
    if (!isLarge(request)) return;
    const source = sourceOf(request.ip);
    const own = this.#counts.get(source) ?? 0;
    // A proxy of this machine stands for many.
    if (this.#total >= MOST || (own >= MOST_OF_ONE && !isLoopback(request.ip)))
      throw new RequestError(
        503,
        OVERLOADED.code,
        'too many large requests are under way: try again in a moment',
        {
          headers: { 'retry-after': '1' },
        },
      );
    this.#total += 1;
    this.#counts.set(source, own + 1);
    response.once('close', () => this.#leave(source));
  }

  #leave(source: string): void {
    this.#total -= 1;
    const left = (this.#counts.get(source) ?? 1) - 1;
    if (left === 0) this.#counts.delete(source);
    else this.#counts.set(source, left);
  }
}

/** Of how large a body is that does not say so nothing is known until it is there. */
function isLarge({ method, headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return method === 'POST' && (length === undefined || Number(length) > SMALL_BYTES);
}
