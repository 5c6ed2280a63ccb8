import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { GraphQLResponse } from '../gateway.js';
import { CommandFailure, ExitStatus } from './failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Client of a remote gateway, or of one in this process. */
export interface GatewayClient {
  /** Command-line option that selects this gateway: ` --gateway URL`, or an empty string. */
  readonly option: string;
  /** True if the upstreams are emulated in this process, so that their data ends with it. */
  readonly isSandbox: boolean;
  /** @throws Unreachable without a response, CommandFailure if the response is not GraphQL. */
  execute(query: string, variables: Record<string, unknown>): Promise<GraphQLResponse>;
  close(): Promise<void>;
}

/** Returns a command line for the same gateway, such as `npx promptgate resume ID --gateway URL`. */
export function commandLine({ option }: Pick<GatewayClient, 'option'>, ...words: readonly string[]): string {
  return `npx promptgate ${words.join(' ')}${option}`;
}

/** Thrown if the gateway did not respond. It may be restarting, so callers can retry. */
export class Unreachable extends CommandFailure {}

/** Timeout of a query in milliseconds. Mutations have none, because an undo deletes replicas one by one. */
const READ_TIMEOUT_MS = 30_000;

/** Timeout for establishing a connection, in milliseconds. */
const CONNECTING_MS = 10_000;

/** Messages by error code that replace those of the gateway, which address API clients. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'UNAUTHENTICATED',
    'The gateway requires authentication. Set PROMPTGATE_TOKEN, or PORTKEY_API_KEY to use your own key.',
  ],
  [
    'QUERY_NOT_IN_SAFELIST',
    'The gateway only accepts trusted documents. Ask its operator to add those of this command.',
  ],
]);
/** Message for `UNAUTHENTICATED` errors that name an upstream. The commands only use Portkey, so its key is missing. */
const NO_KEY = 'The gateway has no API key for Portkey. Set PORTKEY_API_KEY.';

const graphqlError = z
  .object({
    message: z.string(),
    extensions: z.object({ code: z.string(), upstream: z.string().optional() }).optional().catch(undefined),
  })
  .transform(({ message, extensions: { code = '', upstream } = {} }) => {
    const isKeyMissing = code === 'UNAUTHENTICATED' && upstream !== undefined;
    return { message: isKeyMissing ? NO_KEY : (ADVICE.get(code) ?? message) };
  });

const responseShape = z
  .object({
    data: z.unknown().optional(),
    errors: z.array(graphqlError).optional(),
  })
  .refine(({ data, errors }) => data !== undefined || errors !== undefined);

/**
 * Opens a client of the gateway at a URL. Without a URL, starts a gateway in this process, configured by the environment.
 * @throws CommandFailure, or ConfigError if the environment is invalid.
 */
export function openClient(gatewayUrl: string | undefined, env: Environment): Promise<GatewayClient> {
  return gatewayUrl === undefined ? openLocal(env) : openRemote(gatewayUrl, env);
}

async function openLocal(env: Environment): Promise<GatewayClient> {
  // These imports take most of the startup time, and a command with --gateway does not need them.
  const { parseConfig } = await import('../config.js');
  // Log lines would break up the progress bar.
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
      // Converts values such as Date to what a client receives over HTTP.
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
        return toGraphQLResponse(gatewayUrl, response.status, response.text);
      } catch (error) {
        if (error instanceof CommandFailure) throw error;
        const reason = signal.aborted ? 'no response' : reasonOf(error);
        throw new Unreachable(`The gateway at ${gatewayUrl} cannot be reached (${reason}).`);
      }
    },
    // An abandoned operation could keep the process alive for minutes.
    close: async () => closing.abort(),
  };
}

/** Returns the GraphQL URL. Accepts only URLs without secrets, because hints repeat them. @throws CommandFailure */
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
  throw new CommandFailure(`${name} must be at most 4096 visible ASCII characters.`, ExitStatus.usage);
}

function toGraphQLResponse(gatewayUrl: string, status: number, body: string): GraphQLResponse {
  // A proxy in front of a restarting gateway responds with these statuses.
  if (status >= 502 && status <= 504)
    throw new Unreachable(`The gateway at ${gatewayUrl} cannot be reached (status ${status}).`);
  const parsed = responseShape.safeParse(parseOrNull(body));
  if (parsed.success) return parsed.data;
  const problem =
    status === 401 || status === 403
      ? `The gateway at ${gatewayUrl} rejects the request (status ${status}). Set PROMPTGATE_TOKEN to a valid token.`
      : `The response of ${gatewayUrl} (status ${status}) is not from a Promptgate gateway. Check the URL.`;
  throw new CommandFailure(problem);
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Returns the reason for a connection error. Prefers the code, because the message can be empty. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/**
 * Posts to a URL on a new connection, because the gateway could close an idle one just as it is reused. Uses `node:http`,
 * because loading `fetch` takes longer than everything else in most commands.
 * @throws Error if the response is incomplete or the signal is aborted.
 */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const { request } = url.startsWith('https:') ? https : http;
  const call = request(url, { method: 'POST', headers, agent: false, signal });
  // Errors after the response headers are also reported by the body stream.
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
