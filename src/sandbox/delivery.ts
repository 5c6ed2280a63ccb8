import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import type { Timers } from './timers.js';
import type { Fault } from './types.js';

const DRIBBLES = 20;
const NO_BODY_STATUSES = new Set([204, 304]);

/** Sends a response unaltered. */
export async function send(res: ServerResponse, answer: Answer): Promise<void> {
  if (answer.events) {
    res.writeHead(answer.status, answer.headers);
    for (const event of answer.events) {
      if (res.destroyed) return;
      res.write(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    res.end();
    return;
  }
  const body = Buffer.from(answer.body);
  const length = NO_BODY_STATUSES.has(answer.status) ? {} : { 'content-length': String(body.length) };
  res.writeHead(answer.status, { ...answer.headers, ...length });
  res.end(body);
}

/** Sends a response as the fault requires: late, cut off, or not at all. */
export async function sendFaulty(
  res: ServerResponse,
  answer: Answer,
  fault: Fault,
  timers: Timers,
): Promise<void> {
  const body = Buffer.from(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  // The declared length is at least one byte, so that an empty response can be cut off too.
  const head = { ...answer.headers, 'content-length': String(Math.max(1, body.length)) };
  switch (fault.kind) {
    case 'stall-headers':
      return;
    case 'drop-after':
      res.destroy();
      return;
    case 'stall-body':
      res.writeHead(answer.status, head);
      res.flushHeaders();
      res.write(half);
      return;
    case 'truncated-json':
      res.writeHead(answer.status, head);
      res.flushHeaders();
      res.write(half, () => res.socket?.end());
      return;
    case 'slow-body':
      res.writeHead(answer.status, { ...head, 'content-length': String(body.length) });
      await dribble(res, body, fault.delayMs ?? 1000, timers);
      return;
    default:
      await send(res, answer);
  }
}

async function dribble(res: ServerResponse, body: Buffer, totalMs: number, timers: Timers): Promise<void> {
  const size = Math.max(1, Math.ceil(body.length / DRIBBLES));
  const pieces = Math.max(1, Math.ceil(body.length / size));
  res.flushHeaders();
  for (let piece = 0; piece < pieces; piece += 1) {
    await timers.sleep(totalMs / pieces);
    if (res.destroyed) return;
    res.write(body.subarray(piece * size, (piece + 1) * size));
  }
  res.end();
}

/** Returns true if the client receives a status. */
export function showsStatus(fault: Fault | null): boolean {
  return fault?.kind !== 'stall-headers' && fault?.kind !== 'drop-after';
}
