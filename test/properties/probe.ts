import { expect } from '@jest/globals';
import { Pool } from 'undici';
import { ERROR_CODES } from '../../src/graphql/error-mapping.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';

/** What is sent to a gateway, byte by byte. */
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
/** What no answer may show: a stack, a place on this machine, a word of V8's, a key. */
const INSIDE =
  /\n +at |node:|node_modules|file:\/\/|\.js:\d|\.ts:\d|\[native code\]|call stack|Cannot (read|set) |is not (a function|iterable)|(Type|Range|Syntax|URI|Reference)Error|SQLITE|promptgate-test|capacitor-[0-9a-f]|sd_sandbox|pk-sandbox|createReadStream/;
/** The requests that the documentation of the upstreams has, as far as the gateway may send them. */
const DOCUMENTED = [
  /^GET \/(tunes|prompts)$/,
  /^GET \/tunes\/[1-9]\d{0,14}(\/prompts)?$/,
  /^POST \/tunes\/[1-9]\d{0,14}\/prompts$/,
  /^GET \/prompts\/[1-9]\d{0,14}\.json$/,
  /^POST \/prompts\/[1-9]\d{0,14}\/duplicate$/,
];
const DOCUMENTED_BY_PORTKEY = [
  /^(GET|POST) \/prompts$/,
  /^(GET|PUT|DELETE) \/prompts\/(?!\.{0,2}$|partials$)[^/?#]+$/,
  /^(GET|PUT) \/prompts\/[^/?#]+\/(versions(\/[^/?#]+)?|makeDefault)$/,
  /^GET \/collections\/(?!\.{0,2}$)[^/?#]+$/,
];

/** A gateway in a process of its own, and everything that is expected of it whatever it is sent. */
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
      OUTCOME_SETTLE_MS: '300',
      MAX_UPLOAD_BYTES: '100000',
    });
    return new Probe(gateway, sandbox);
  }

  get url(): string {
    return this.#gateway.url;
  }

  /** Sends something and looks at the answer: documented, readable, and without anything of the inside. */
  async send({ method = 'POST', path = '/graphql', headers = JSON_TYPE, body }: Sent): Promise<Reply> {
    const reply = await until(
      () => this.#ask({ method, path, headers, ...(body !== undefined && { body }) }),
      // On a machine that is busy with other things the gateway may have more to do than it can.
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
    const answer = await this.#pool.request({ method, path, headers, ...(method !== 'GET' && { body }) });
    const text = await answer.body.text();
    return { status: answer.statusCode, text, ...this.#read(text) };
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

  /** It lives, answers, and has neither complained nor left anything behind. */
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

  /** No upstream was asked for what it does not have. */
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
