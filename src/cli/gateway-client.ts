import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { GraphQLAnswer } from '../gateway.js';
import { CommandFailure, ExitStatus } from './failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A gateway to send operations to: a running one, or one in this process. */
export interface GatewayClient {
  /** What a command line needs to come back to it: ` --gateway URL`, or nothing. */
  readonly option: string;
  /** Its upstreams are emulated in this process and end with it. */
  readonly isSandbox: boolean;
  /** @throws Unreachable when there was no answer, CommandFailure when it was no GraphQL. */
  execute(query: string, variables: Record<string, unknown>): Promise<GraphQLAnswer>;
  close(): Promise<void>;
}

/** Returns a command to paste, for the same gateway: `npx promptgate resume ID --gateway URL`. */
export function commandLine({ option }: Pick<GatewayClient, 'option'>, ...words: readonly string[]): string {
  return `npx promptgate ${words.join(' ')}${option}`;
}

/** There was no answer from the gateway; it may be on its way back. */
export class Unreachable extends CommandFailure {}

/** A poll that takes this long is lost. A mutation takes what it takes: an undo deletes one by one. */
const READ_TIMEOUT_MS = 30_000;

/** Longest time until there is a connection, in milliseconds. */
const CONNECTING_MS = 10_000;

/** What is said here in place of a message that tells programs what to send, by the code of the error. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'UNAUTHENTICATED',
    'The gateway requires authentication. Set PROMPTGATE_TOKEN, or PORTKEY_API_KEY to use your own key.',
  ],
  [
    'QUERY_NOT_IN_SAFELIST',
    'The gateway only accepts trusted documents, and those of this command are not in its list.',
  ],
]);
/** Where the error names an upstream its key is what is missing: Portkey's, as the commands ask nothing of Astria. */
const NO_KEY = 'The gateway has no API key for Portkey. Set PORTKEY_API_KEY.';

const fault = z
  .object({
    message: z.string(),
    extensions: z.object({ code: z.string(), upstream: z.string().optional() }).optional().catch(undefined),
  })
  .transform(({ message, extensions: { code = '', upstream } = {} }) => {
    const isKeyMissing = code === 'UNAUTHENTICATED' && upstream !== undefined;
    return { message: isKeyMissing ? NO_KEY : (ADVICE.get(code) ?? message) };
  });

const answerShape = z
  .object({
    data: z.unknown().optional(),
    errors: z.array(fault).optional(),
  })
  .refine(({ data, errors }) => data !== undefined || errors !== undefined);

/**
 * Opens the gateway at an address, or without one a gateway in this process, which the environment configures.
 * @throws CommandFailure, or ConfigError for an environment that cannot be used.
 */
export function openClient(gatewayUrl: string | undefined, env: Environment): Promise<GatewayClient> {
  return gatewayUrl === undefined ? openLocal(env) : openRemote(gatewayUrl, env);
}

async function openLocal(env: Environment): Promise<GatewayClient> {
  // Most of the time that a command takes to start; one that asks a running gateway has no need of it.
  const { parseConfig } = await import('../config.js');
  // Its log would be written into the progress bar.
  const config = parseConfig({ ...env, LOG_LEVEL: env.LOG_LEVEL || 'error' });
  const { createLog } = await import('../log.js');
  const { openGateway } = await import('../gateway.js');
  const gateway = await openGateway(config, createLog(config.logLevel)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new CommandFailure(`The gateway could not be started in this process.\n${reason}`);
  });
  return {
    option: '',
    isSandbox: gateway.sandbox !== null,
    async execute(query, variables) {
      const { data, errors } = await gateway.execute(query, variables);
      // As it would come over a connection: dates, for one, are objects until then.
      const plain: unknown = JSON.parse(JSON.stringify(data ?? null));
      return { data: plain, errors };
    },
    close: () => gateway.close(),
  };
}

async function openRemote(gatewayUrl: string, env: Environment): Promise<GatewayClient> {
  const url = endpointOf(gatewayUrl);
  const headers = requestHeaders(env);
  const closing = new AbortController();
  return {
    option: ` --gateway ${gatewayUrl}`,
    isSandbox: false,
    async execute(query, variables) {
      const signals = [closing.signal];
      if (!/^\s*mutation\b/.test(query)) signals.push(AbortSignal.timeout(READ_TIMEOUT_MS));
      const signal = AbortSignal.any(signals);
      try {
        const response = await post(url, headers, JSON.stringify({ query, variables }), signal);
        return toAnswer(gatewayUrl, response.status, response.text);
      } catch (error) {
        if (error instanceof CommandFailure) throw error;
        const reason = signal.aborted ? 'no response' : reasonOf(error);
        throw new Unreachable(`The gateway at ${gatewayUrl} cannot be reached (${reason}).`);
      }
    },
    // An operation that was given up on could take minutes.
    close: async () => closing.abort(),
  };
}

/** A URL with more in it is not shown: it could be a secret, and all others are repeated in hints. */
function endpointOf(gatewayUrl: string): string {
  if (/^https?:\/\/[^/?#@\s]+(\/[^?#@\s]*)?$/.test(gatewayUrl) && URL.canParse(gatewayUrl))
    return gatewayUrl.replace(/\/+$/, '').replace(/(\/graphql)?$/, '/graphql');
  const message = '--gateway must be an HTTP or HTTPS URL without user, query and fragment.';
  throw new CommandFailure(message, ExitStatus.usage);
}

function requestHeaders(env: Environment): Record<string, string> {
  const token = secret(env, 'PROMPTGATE_TOKEN');
  const portkeyKey = secret(env, 'PORTKEY_API_KEY');
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(portkeyKey && { 'x-portkey-api-key': portkeyKey }),
  };
}

function secret(env: Environment, name: string): string | undefined {
  const value = env[name];
  if (!value || /^[\x21-\x7e]{1,4096}$/.test(value)) return value;
  throw new CommandFailure(
    `${name} must consist of at most 4096 visible ASCII characters.`,
    ExitStatus.usage,
  );
}

function toAnswer(gatewayUrl: string, status: number, body: string): GraphQLAnswer {
  // What stands before a gateway that is restarting answers in its place.
  if (status >= 502 && status <= 504)
    throw new Unreachable(`The gateway at ${gatewayUrl} cannot be reached (status ${status}).`);
  const answer = answerShape.safeParse(parseOrNull(body));
  if (answer.success) return answer.data;
  if (status === 401 || status === 403) {
    const advice = 'Set PROMPTGATE_TOKEN to a token that it accepts.';
    throw new CommandFailure(
      `The gateway at ${gatewayUrl} rejects the request (status ${status}). ${advice}`,
    );
  }
  throw new CommandFailure(
    `The response of ${gatewayUrl} (status ${status}) is not from a Promptgate gateway. Check the URL.`,
  );
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The code where there is one: the messages of connection errors can be empty. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/**
 * Posts to a URL, on a new connection: the gateway could close a kept one just when it is used again. Follows no redirect.
 * Uses `node:http`, because `fetch` takes longer to load than most commands take for everything else.
 * @throws Error without a complete response, and when the signal is aborted.
 */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const { request } = url.startsWith('https:') ? https : http;
  const call = request(url, { method: 'POST', headers, agent: false, signal });
  // Errors after the head of the response are reported by its body as well.
  call.on('error', () => {});
  const connecting = setTimeout(() => call.destroy(new Error('no connection')), CONNECTING_MS);
  call.once('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)));
  call.end(body);
  try {
    const [response] = (await once(call, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode ?? 0, text: await text(response) };
  } finally {
    clearTimeout(connecting);
  }
}
