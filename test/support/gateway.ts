import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { request } from 'undici';
import type { Backoff } from '../../src/async/backoff.js';
import { type Config, parseConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { OVERLOAD, type OverloadLimits } from '../../src/http/limits/load-shedder.js';
import { createLog } from '../../src/log.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { JOB_RETRY, type JobRetryPolicy } from '../../src/services/replication/jobs/retry.js';
import type { RetryDelays } from '../../src/upstream/retry-policy.js';
import type { TypedDocumentString } from '../__generated__/operations.js';

export interface Answer<Data = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data;
  readonly errors: readonly AnswerError[] | undefined;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Record<string, unknown>;
}

export interface GatewayClient {
  graphql(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Runs a typed operation. @throws Error with the errors of the response, if it has any. */
  run<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    headers?: Record<string, string>,
  ): Promise<Data>;
}

export interface TestGateway extends GatewayClient {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  /** All log lines of the gateway. */
  readonly logLines: readonly string[];
  /** Stops only the gateway. Its sandbox and its folder stay until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Shorter pauses than in production, to speed up the tests. */
const SHORT_RETRY: JobRetryPolicy = { ...JOB_RETRY, backoff: { ...JOB_RETRY.backoff, firstMs: 40 } };
const SHORT_DELAY: Backoff = { firstMs: 10, ceilingMs: 10 };
const SHORT_RETRY_DELAYS: RetryDelays = { unavailable: SHORT_DELAY, rateLimited: SHORT_DELAY };

/** Limits that shed no load, however busy other tests keep the machine. */
export const PATIENT: OverloadLimits = { ...OVERLOAD, maxQueueDelayMs: 60_000 };

export interface TestGatewayOptions {
  readonly env?: Record<string, string>;
  readonly sandbox?: SandboxOptions;
  /** Settings that have no environment variable. */
  readonly config?: Partial<Config>;
}

/** Starts a real gateway on a real port, with a separate sandbox over real sockets. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const sandbox = await startSandbox({ settleMs: 50, ...options.sandbox });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
  const clearAway = async () => {
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  const logLines: string[] = [];
  try {
    const configured = parseConfig({ ...environment(sandbox, dataDir), ...options.env });
    // These settings have no environment variables.
    const config: Config = {
      ...configured,
      ...{ overload: PATIENT, replicationRetry: SHORT_RETRY },
      ...options.config,
      upstreamTimes: { retryDelays: SHORT_RETRY_DELAYS, ...options.config?.upstreamTimes },
    };
    const log = createLog(config.logLevel, { write: (line) => logLines.push(line) });
    const gateway = await startGateway(config, log);
    let stopping: Promise<void> | null = null;
    const stop = () => {
      stopping ??= gateway.close();
      return stopping;
    };
    return {
      url: gateway.url,
      sandbox,
      dataDir: config.dataDir,
      logLines,
      ...gatewayClient(gateway.url),
      stop,
      async close() {
        await stop();
        await clearAway();
      },
    };
  } catch (error) {
    await clearAway();
    throw error;
  }
}

const environment = (sandbox: Sandbox, dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  PORT: '0',
  ASTRIA_BASE_URL: sandbox.astriaUrl,
  ASTRIA_API_KEY: sandbox.astriaKey,
  PORTKEY_BASE_URL: sandbox.portkeyUrl,
  PORTKEY_API_KEY: sandbox.portkeyKey,
  LOST_RESPONSE_TIMEOUT_MS: '300',
  LOG_LEVEL: 'trace',
});

/** Returns functions that send operations to a gateway. */
export function gatewayClient(url: string): GatewayClient {
  async function send<Data, Variables>(
    query: string | TypedDocumentString<Data, Variables>,
    variables: Variables,
    headers: Record<string, string>,
  ): Promise<Answer<Data>> {
    // There are thousands of these requests, and `fetch` takes four times the CPU time.
    const response = await request(`${url}/graphql`, {
      method: 'POST',
      headers: { accept: '*/*', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = JSON.parse(await response.body.text());
    return { status: response.statusCode, headers: toHeaders(response.headers), data, errors };
  }
  return {
    graphql: (query, variables = {}, headers = {}) => send(query, variables, headers),
    async run(document, variables, headers = {}) {
      const { status, data, errors } = await send(document, variables, headers);
      if (status !== 200 || errors)
        throw new Error(`The status is ${status}, the errors are ${JSON.stringify(errors)}.`);
      return data;
    },
  };
}

function toHeaders(received: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

/** Parses a response of the gateway, which must be JSON. */
export async function toAnswer<Data>(response: Response): Promise<Answer<Data>> {
  const { data, errors } = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, data, errors };
}

/** Returns the value at a path of a JSON value, such as `at(data, 'tunes.nodes.0.id')`, or undefined. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (Object(inner) as Record<string, unknown>)[key], value);
}

/** Returns the upstream calls so far, such as `GET /tunes`, oldest first. */
export function calls(sandbox: Sandbox, upstream?: 'astria' | 'portkey'): string[] {
  return sandbox.requests(upstream ? { upstream } : {}).map(({ method, path }) => `${method} ${path}`);
}

const SHORTEST_PAUSE_MS = 20;

/** Polls until a condition holds. Fails after `patienceMs`. */
export async function until<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  patienceMs = 30_000,
): Promise<T> {
  const begunAt = Date.now();
  for (;;) {
    const reading = read();
    const value = await reading;
    if (holds(value)) return value;
    const waitedMs = Date.now() - begunAt;
    if (waitedMs > patienceMs)
      throw new Error(`The condition did not hold within ${patienceMs} ms: ${JSON.stringify(value)}`);
    // Most asynchronous reads query the gateway, and so take CPU time from the awaited work.
    const longestMs = reading instanceof Promise ? 100 : SHORTEST_PAUSE_MS;
    const pauseMs = Math.min(Math.max(waitedMs / 10, SHORTEST_PAUSE_MS), longestMs);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
