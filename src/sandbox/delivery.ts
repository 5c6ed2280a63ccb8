import type { ServerResponse } from 'node:http';
import type { SandboxResponse } from './response.js';
import type { Timers } from './timers.js';
import type { Fault } from './types.js';

const SLOW_BODY_CHUNKS = 20;
const NO_BODY_STATUSES = new Set([204, 304]);

/** Sends a response unaltered. */
export async function send(res: ServerResponse, response: SandboxResponse): Promise<void> {
  if (response.events) {
    res.writeHead(response.status, response.headers);
    for (const event of response.events) {
      if (res.destroyed) return;
      res.write(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    res.end();
    return;
  }
  const body = Buffer.from(response.body);
  const length = NO_BODY_STATUSES.has(response.status) ? {} : { 'content-length': String(body.length) };
  res.writeHead(response.status, { ...response.headers, ...length });
  res.end(body);
}

/** Sends a response as the fault requires: late, cut off, or not at all. */
export async function sendFaulty(
  res: ServerResponse,
  response: SandboxResponse,
  fault: Fault,
  timers: Timers,
): Promise<void> {
  const body = Buffer.from(response.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  // The declared length is at least one byte, so that an empty response can be cut off too.
  const head = { ...response.headers, 'content-length': String(Math.max(1, body.length)) };
  switch (fault.kind) {
    case 'stall-headers':
      return;
    case 'drop-after':
      res.destroy();
      return;
    case 'stall-body':
      res.writeHead(response.status, head);
      res.flushHeaders();
      res.write(half);
      return;
    case 'truncated-json':
      res.writeHead(response.status, head);
      res.flushHeaders();
      res.write(half, () => res.socket?.end());
      return;
    case 'slow-body':
      res.writeHead(response.status, { ...head, 'content-length': String(body.length) });
      await sendSlowly(res, body, fault.delayMs ?? 1000, timers);
      return;
    default:
      await send(res, response);
  }
}

async function sendSlowly(res: ServerResponse, body: Buffer, totalMs: number, timers: Timers): Promise<void> {
  const size = Math.max(1, Math.ceil(body.length / SLOW_BODY_CHUNKS));
  const chunks = Math.max(1, Math.ceil(body.length / size));
  res.flushHeaders();
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    await timers.sleep(totalMs / chunks);
    if (res.destroyed) return;
    res.write(body.subarray(chunk * size, (chunk + 1) * size));
  }
  res.end();
}

/** Returns true if the client receives a status. */
export function showsStatus(fault: Fault | null): boolean {
  return fault?.kind !== 'stall-headers' && fault?.kind !== 'drop-after';
}
