import type { AstriaState } from './astria/state.js';
import type { Dialect } from './dialect.js';
import type { PortkeyState } from './portkey/state.js';

export interface SandboxOptions {
  /** Port to listen on. The default 0 picks a free port. */
  port?: number;
  /** Host to listen on. Default '127.0.0.1'. */
  host?: string;
  /** Time that a prompt takes to render, in milliseconds. Default 1500. */
  settleMs?: number;
  /** Delay before every upstream response, in milliseconds. Default 0. */
  latencyMs?: number;
  /** 'library' (default) contains realistic data, 'empty' only the accounts and one Portkey collection. */
  seed?: 'library' | 'empty';
  /** Settings where public sources contradict each other. Omitted settings default to `DEFAULT_DIALECT`. */
  dialect?: Partial<Dialect>;
}

export type UpstreamName = 'astria' | 'portkey';

/** A request to an emulated upstream. `path` is relative to the base URL of the upstream. */
export interface RecordedRequest {
  upstream: UpstreamName;
  method: string;
  path: string;
  /** Values of a repeated parameter are joined with a comma. */
  query: Record<string, string>;
  /** Names are in lower case. Credentials are replaced with '[redacted]'. */
  headers: Record<string, string>;
  /** Parsed JSON. For multipart an object by field name, with files as {filename, contentType, size, sha256}. */
  body: unknown;
  /** Null until a status is sent, so it stays null if a fault drops or stalls the connection before that. */
  status: number | null;
  at: number;
}

export const FAULT_KINDS = [
  '429',
  '500',
  '500-after',
  '502-after',
  '503-after',
  '504-after',
  '504-before',
  '502',
  '503',
  'drop-before',
  'drop-after',
  'drop-late',
  'slow-body',
  'stall-body',
  'stall-headers',
  'broken-json',
  'truncated-json',
  'html',
  'wrong-shape',
  'status',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  upstream: UpstreamName;
  kind: FaultKind;
  method?: string;
  /** Relative to the base URL of the upstream. An exact path, or a glob with * for one segment and ** for anything. */
  path?: string;
  /** Number of requests that it affects. Default 1, 0 means until it is cleared. */
  times?: number;
  /** Number of matching requests to let through first. */
  skip?: number;
  /** Retry-After header of 429 and 503, in seconds or as an HTTP date. Omitted by default. */
  retryAfter?: number | string;
  /** Duration of slow-body, or delay before drop-late is processed, in milliseconds. Default 1000. */
  delayMs?: number;
  /** HTTP status for kind 'status'. `body` is its JSON body. */
  status?: number;
  body?: unknown;
}

export type RequestFilter = Partial<Pick<RecordedRequest, 'upstream' | 'method'>> & { path?: string };

export interface Sandbox {
  /** http://127.0.0.1:PORT */
  url: string;
  /** Value for ASTRIA_BASE_URL. */
  astriaUrl: string;
  /** Value for PORTKEY_BASE_URL, which ends in /v1. */
  portkeyUrl: string;
  /** Keys of the seeded account. */
  astriaKey: string;
  portkeyKey: string;
  /** Returns recorded requests, newest last. The last 10 000 are kept. `path` is a glob as in Fault. */
  requests(filter?: RequestFilter): RecordedRequest[];
  clearRequests(): void;
  /** @throws TypeError if the fault is invalid. */
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** The current settings. */
  readonly dialect: Readonly<Dialect>;
  /** Changes some settings. @throws TypeError if they are invalid. */
  setDialect(changes: Partial<Dialect>): void;
  /**
   * Restores the seed and the initial dialect, and clears faults and requests. Ids of objects created before are not
   * reused.
   */
  reset(): void;
  astria: AstriaState;
  portkey: PortkeyState;
  /** Closes immediately by destroying sockets and clearing timers. */
  close(): Promise<void>;
}
