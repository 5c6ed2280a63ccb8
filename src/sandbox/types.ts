import type { AstriaState } from './astria/state.js';
import type { Dialect } from './dialect.js';
import type { PortkeyState } from './portkey/state.js';

export interface SandboxOptions {
  /** Default 0: a free port. */
  port?: number;
  /** Default '127.0.0.1'. */
  host?: string;
  /** How long a prompt renders before it settles, in milliseconds. Default 1500. */
  settleMs?: number;
  /** Delay before every upstream answer, in milliseconds. Default 0. */
  latencyMs?: number;
  /** 'library' (default): the believable data. 'empty': the accounts and one Portkey collection, nothing else. */
  seed?: 'library' | 'empty';
  /** Settings where sources contradict each other. Omitted ones come from `DEFAULT_DIALECT`. */
  dialect?: Partial<Dialect>;
}

export type UpstreamName = 'astria' | 'portkey';

/** One request that reached an emulated upstream. `path` is relative to that upstream's base URL. */
export interface RecordedRequest {
  upstream: UpstreamName;
  method: string;
  path: string;
  /** A repeated parameter's values are joined with a comma. */
  query: Record<string, string>;
  /** Lower-case names; credentials are replaced by '[redacted]'. */
  headers: Record<string, string>;
  /** Parsed JSON; for multipart an object of field names, files as {filename, contentType, size, sha256}. */
  body: unknown;
  /** Null until answered, and for ever when the connection was dropped or stalled before an answer. */
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
  /** Relative to the upstream's base URL: exact, or a glob with * for one segment and ** for anything. */
  path?: string;
  /** How many requests it hits. Default 1; 0 = until cleared. */
  times?: number;
  /** Lets this many matching requests through first. */
  skip?: number;
  /** 429 and 503: the Retry-After header, seconds or an HTTP date. Omitted = no header. */
  retryAfter?: number | string;
  /** slow-body: how long the whole body takes; drop-late: when it is processed; in milliseconds. Default 1000. */
  delayMs?: number;
  /** Kind 'status': the status to answer with, and any JSON body. */
  status?: number;
  body?: unknown;
}

export type RequestFilter = Partial<Pick<RecordedRequest, 'upstream' | 'method'>> & { path?: string };

export interface Sandbox {
  /** http://127.0.0.1:PORT */
  url: string;
  /** For ASTRIA_BASE_URL. */
  astriaUrl: string;
  /** For PORTKEY_BASE_URL; ends in /v1. */
  portkeyUrl: string;
  /** The seeded account's keys. */
  astriaKey: string;
  portkeyKey: string;
  /** Newest last; the last 10 000 are kept. `path` is a glob as in Fault. */
  requests(filter?: RequestFilter): RecordedRequest[];
  clearRequests(): void;
  /** Throws when the fault is invalid. */
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** The settings in force. */
  readonly dialect: Readonly<Dialect>;
  /** Changes some settings. @throws TypeError when they are invalid. */
  setDialect(changes: Partial<Dialect>): void;
  /** Back to the seed and the dialect that it was started with; also forgets faults and requests. Ids of objects made before are not given out again. */
  reset(): void;
  astria: AstriaState;
  portkey: PortkeyState;
  /** Immediate: destroys sockets, clears timers. */
  close(): Promise<void>;
}
