import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { Fault } from '../support/faulty-upstream.js';
import { reply } from '../support/raw-upstream.js';

/** Upstream message that no client may see. */
const SECRETS = {
  error: 'sd_secret of ann@example.com at http://internal.example/path (/srv/app/models/prompt.rb:12)',
};

/** Strings that no response and no log may contain. */
export const LEAKS =
  /sd_|pk-|Bearer|127\.0\.0\.1|https?:\/\/|internal\.example|example\.com|\.rb|\.[jt]s:|<html| {4}at |xxxx/;

/** Bodies that do not have the shape of an endpoint. */
export interface Shapes {
  /** An array instead of an object, or vice versa. */
  readonly other: unknown;
  /** Objects without an id. */
  readonly withoutId: unknown;
}

const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  (response) =>
    reply(response, code, SECRETS, headers);
const json =
  (body: string, headers: Record<string, string> = {}): Fault =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
const reset: Fault = (response) => void response.socket?.resetAndDestroy();

const HUGE_BYTES = 50 * 1024 * 1024;
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x');
const BOMB = gzipSync(Buffer.alloc(HUGE_BYTES, ' '), { level: 1 });

/** Largest number of bytes that was written of a 50 MB response. */
export const taken = { most: 0 };

/** Sends 50 MB until the client closes the connection. */
const huge =
  (isAnnounced: boolean): Fault =>
  async (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(isAnnounced && { 'content-length': HUGE_BYTES }),
    });
    const closed = once(response, 'close');
    let written = 0;
    for (; written < HUGE_BYTES && !response.destroyed; written += MEBIBYTE.length) {
      if (!response.write(MEBIBYTE)) await Promise.race([once(response, 'drain'), closed]);
    }
    taken.most = Math.max(taken.most, written);
    response.end();
  };

/** A fault with its error codes for a read and for a create request to Astria. Null means no error. */
export interface Row {
  readonly fault: (shapes: Shapes) => Fault;
  readonly read: string;
  readonly write: string | null;
  /** Expected `extensions.retryAfter` in seconds. */
  readonly retryAfter?: number;
}

const row = (fault: Fault, read: string, write: string | null = read, retryAfter?: number): Row => ({
  ...{ fault: () => fault, read, write },
  ...(retryAfter !== undefined && { retryAfter }),
});
const shaped = (fault: Row['fault']): Row => ({
  ...{ fault, read: 'UPSTREAM_BAD_RESPONSE', write: 'OUTCOME_UNKNOWN' },
});
const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();

/** Faults that last until the deadline. */
export const STALLS: Readonly<Record<string, Row>> = {
  'headers that never come': row(() => {}, 'UPSTREAM_TIMEOUT', 'OUTCOME_UNKNOWN'),
  'a body that stalls': row(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"id":');
    },
    'UPSTREAM_TIMEOUT',
    'OUTCOME_UNKNOWN',
  ),
};

/** All other faults, with their documented codes. */
export const FAULTS: Readonly<Record<string, Row>> = {
  400: row(status(400), 'UPSTREAM_BAD_RESPONSE', 'UPSTREAM_REJECTED'),
  401: row(status(401), 'UPSTREAM_UNAUTHENTICATED'),
  402: row(status(402), 'FORBIDDEN'),
  403: row(status(403), 'FORBIDDEN'),
  404: row(status(404), 'UPSTREAM_BAD_RESPONSE', 'NOT_FOUND'),
  408: row(status(408), 'UPSTREAM_TIMEOUT', 'OUTCOME_UNKNOWN'),
  409: row(status(409), 'UPSTREAM_BAD_RESPONSE', 'CONFLICT'),
  412: row(status(412), 'FORBIDDEN', 'OUTCOME_UNKNOWN'),
  413: row(status(413), 'UPSTREAM_BAD_RESPONSE', 'OUTCOME_UNKNOWN'),
  422: row(status(422), 'UPSTREAM_BAD_RESPONSE', 'UPSTREAM_REJECTED'),
  429: row(status(429), 'UPSTREAM_RATE_LIMITED'),
  500: row(status(500), 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'),
  501: row(status(501), 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'),
  502: row(status(502), 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'),
  503: row(status(503), 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'),
  504: row(status(504), 'UPSTREAM_TIMEOUT', 'OUTCOME_UNKNOWN'),
  '429, Retry-After in seconds': row(
    status(429, { 'retry-after': '7' }),
    'UPSTREAM_RATE_LIMITED',
    undefined,
    7,
  ),
  '429, Retry-After as a date': row(
    (response) => reply(response, 429, SECRETS, { 'retry-after': inAMinute() }),
    'UPSTREAM_RATE_LIMITED',
    undefined,
    60,
  ),
  '503, Retry-After in seconds': row(
    status(503, { 'retry-after': '7' }),
    'UPSTREAM_UNAVAILABLE',
    'OUTCOME_UNKNOWN',
    7,
  ),
  'a reset before': row(reset, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'),
  // The gateway finds the created prompt.
  'a reset after': row(
    async (response, pass) => {
      await pass();
      response.socket?.resetAndDestroy();
    },
    'UPSTREAM_UNAVAILABLE',
    null,
  ),
  'a body cut short': row(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"id": 1, "te', () => response.destroy());
    },
    'UPSTREAM_UNAVAILABLE',
    'OUTCOME_UNKNOWN',
  ),
  'truncated JSON': shaped(() => json('{"id": 1, "te')),
  'invalid JSON': shaped(() => json("{'id': 1}")),
  HTML: shaped(() => json('<html>Sign in</html>', { 'content-type': 'text/html' })),
  'a wrong shape': shaped(({ other }) => json(JSON.stringify(other))),
  'a missing id': shaped(({ withoutId }) => json(JSON.stringify(withoutId))),
  null: shaped(() => json('null')),
  'a string': shaped(() => json('"xxxx"')),
  'no content': shaped(() => (response) => void response.writeHead(204).end()),
  '50 MB': shaped(() => huge(false)),
  '50 MB, announced': shaped(() => huge(true)),
  '50 MB, compressed': shaped(
    () => (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(BOMB),
  ),
};

/** Deadline of stalled calls in milliseconds. All cases run concurrently, so the others need time to end before it. */
export const STALL_DEADLINE_MS = 20_000;
