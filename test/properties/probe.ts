import { expect } from '@jest/globals';
import { Pool } from 'undici';
import { ERROR_CODES } from '../../src/graphql/error-mapping.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';

/** Request to a gateway. */
export interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly data: unknown;
  readonly errors: readonly unknown[];
}

export const JSON_TYPE = { 'content-type': 'application/json' };
const STATUSES = [200, 400, 405, 406, 413, 415];
const CODES = new Set([...ERROR_CODES, 'TOO_LARGE']);
/** Strings that no response may contain, such as stack traces, local paths, messages of V8 and keys. */
const INSIDE =
  /\n +at |node:|node_modules|file:\/\/|\.js:\d|\.ts:\d|\[native code\]|call stack|Cannot (read|set) |is not (a function|iterable)|(Type|Range|Syntax|URI|Reference)Error|SQLITE|promptgate-test|capacitor-[0-9a-f]|sd_sandbox|pk-sandbox|createReadStream/;
/** Documented requests that the gateway may send to Astria. */
const DOCUMENTED = [
  /^GET \/(tunes|prompts)$/,
  /^GET \/tunes\/[1-9]\d{0,14}(\/prompts)?$/,
  /^POST \/tunes\/[1-9]\d{0,14}\/prompts$/,
  /^GET \/prompts\/[1-9]\d{0,14}\.json$/,
  /^POST \/prompts\/[1-9]\d{0,14}\/duplicate$/,
];
/** Documented requests that the gateway may send to Portkey. */
const DOCUMENTED_BY_PORTKEY = [
  /^(GET|POST) \/prompts$/,
  /^(GET|PUT|DELETE) \/prompts\/(?!\.{0,2}$|partials$)[^/?#]+$/,
  /^(GET|PUT) \/prompts\/[^/?#]+\/(versions(\/[^/?#]+)?|makeDefault)$/,
  /^GET \/collections\/(?!\.{0,2}$)[^/?#]+$/,
];

/** Gateway process with the expectations that hold for every request. */
export class Probe {
  readonly #gateway: GatewayProcess;
  readonly #sandbox: Sandbox;
  readonly #pool: Pool;

  private constructor(gateway: GatewayProcess, sandbox: Sandbox) {
    this.#gateway = gateway;
    this.#sandbox = sandbox;
    this.#pool = new Pool(gateway.url, { connections: 10 });
  }

  static async start(): Promise<Probe> {
    const sandbox = await startSandbox({ settleMs: 50 });
    const gateway = await GatewayProcess.start({
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      ASTRIA_API_KEY: sandbox.astriaKey,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      PORTKEY_API_KEY: sandbox.portkeyKey,
      LOST_RESPONSE_TIMEOUT_MS: '300',
      MAX_UPLOAD_BYTES: '100000',
    });
    return new Probe(gateway, sandbox);
  }

  get url(): string {
    return this.#gateway.url;
  }

  /** Sends a request. Expects a documented, readable response without internals. */
  async send({ method = 'POST', path = '/graphql', headers = JSON_TYPE, body }: Sent): Promise<Reply> {
    const reply = await until(
      () => this.#ask({ method, path, headers, ...(body !== undefined && { body }) }),
      // A gateway on a busy machine sheds load.
      ({ status }) => status !== 503,
    );
    const { text } = reply;
    try {
      expect(STATUSES).toContain(reply.status);
      this.expectHarmless(text, reply.errors);
    } catch (error) {
      const shown =
        typeof body === 'string' ? body.slice(0, 2_000) : Buffer.from(body ?? '').toString('base64');
      throw new Error(`${method} ${path} ${JSON.stringify(headers)} ${shown}\n${text.slice(0, 2_000)}`, {
        cause: error,
      });
    }
    return reply;
  }

  async #ask({ method = 'POST', path = '/', headers = {}, body = '' }: Sent): Promise<Reply> {
    const response = await this.#pool.request({ method, path, headers, ...(method !== 'GET' && { body }) });
    const text = await response.body.text();
    return { status: response.statusCode, text, ...this.#read(text) };
  }

  #read(text: string): Pick<Reply, 'data' | 'errors'> {
    const parsed: unknown = JSON.parse(text);
    const errors = at(parsed, 'errors') ?? [];
    if (!Array.isArray(errors)) throw new Error(`errors are no list: ${text}`);
    return { data: at(parsed, 'data'), errors };
  }

  expectHarmless(text: string, errors: readonly unknown[]): void {
    expect(text).not.toMatch(INSIDE);
    expect(JSON.stringify(errors)).not.toContain(this.#sandbox.url);
    for (const error of errors) {
      expect(at(error, 'message')).toMatch(/./);
      const code = at(error, 'extensions.code');
      expect([...CODES]).toContain(code);
      expect(code).not.toBe('INTERNAL_SERVER_ERROR');
    }
  }

  /** Expects a gateway that is alive, responds, and has left no error output and no temporary file. */
  async expectUnharmed(): Promise<void> {
    const { data } = await this.#gateway.graphql(
      '{ tune(id: "2690418") { id title } portkeyPrompts(first: 1) { nodes { id name } } }',
    );
    expect([at(data, 'tune.id'), at(data, 'portkeyPrompts.nodes.0.name')]).toEqual([
      '2690418',
      expect.any(String),
    ]);
    expect(this.#gateway.isAlive).toBe(true);
    expect(this.#gateway.takeComplaints()).toBe('');
    await until(
      () => this.#gateway.temporaryFiles(),
      (files) => files.length === 0,
      5_000,
    );
    this.#expectDocumented();
  }

  /** Expects that the upstreams have received only documented requests. */
  #expectDocumented(): void {
    const asked = (upstream: 'astria' | 'portkey') =>
      this.#sandbox.requests({ upstream }).map(({ method, path }) => `${method} ${path}`);
    const isOdd = (patterns: readonly RegExp[]) => (call: string) =>
      !patterns.some((each) => each.test(call));
    expect(asked('astria').filter(isOdd(DOCUMENTED))).toEqual([]);
    expect(asked('portkey').filter(isOdd(DOCUMENTED_BY_PORTKEY))).toEqual([]);
    const refused = this.#sandbox.requests({ upstream: 'astria', method: 'GET' });
    expect(refused.filter(({ status }) => status === 400)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#gateway.stop();
    await this.#sandbox.close();
  }
}
