import { hash } from 'node:crypto';
import { KEY_HOLDER, type Principal } from '../../domain/principal.js';
import type { Identity, UpstreamKeys } from '../../graphql/context.js';
import { isLoopback } from '../limits/client-address.js';
import { badRequest, RequestError } from '../request-error.js';

/** Caller that has access. */
export interface AuthenticatedRequest extends Identity {
  /** Key for the rate limit per principal, as a hash. Null if only the address is counted. */
  readonly rateLimitKey: string | null;
}

export interface AccessOptions {
  /** The gateway's own keys. */
  readonly keys: UpstreamKeys;
  /** Finds the principal of a token in the tokens file. Null if there is no file. */
  readonly findToken: ((token: string) => Principal | null) | null;
  /** Finds the principal of a JWT. Null if JWTs are not accepted. */
  readonly verifyJwt: ((token: string) => Promise<Principal | null>) | null;
}

/** Headers, or the connection parameters of a WebSocket, which have the same names. */
export type Credentials = Readonly<Record<string, unknown>>;

const NONE: Credentials = {};
const KEY = /^[\x21-\x7e]{1,512}$/;
/** Matches a token (RFC 6750, 2.1) that is short enough for a header. */
const BEARER = /^bearer +([\w.~+/-]{1,8192}=*)$/i;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="promptgate"' };

/** Decides which callers have access, and with which upstream keys. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** True if every client that reaches the gateway may use its keys. */
  get isOpen(): boolean {
    return this.#options.findToken === null && this.#options.verifyJwt === null;
  }

  /**
   * Authenticates a caller. Only a token, or an open gateway, gives access to the gateway's own keys.
   * @param parameters Connection parameters of a WebSocket, with names in any case. They override headers.
   * @throws RequestError without valid credentials. Its message contains no secrets, and fits into a WebSocket close reason.
   */
  async authenticate(headers: Credentials, parameters: Credentials = NONE): Promise<AuthenticatedRequest> {
    const credentials = parameters === NONE ? headers : { ...headers, ...withLowerCaseNames(parameters) };
    const callerKeys = keysIn(credentials);
    const own = this.#options.keys;
    const hasCallerKey = callerKeys.astria !== null || callerKeys.portkey !== null;
    const allKeys = { astria: callerKeys.astria ?? own.astria, portkey: callerKeys.portkey ?? own.portkey };
    const rateLimitKey = hasCallerKey
      ? hashOf(`keys ${JSON.stringify([callerKeys.astria, callerKeys.portkey])}`)
      : null;
    if (this.isOpen) return { principal: KEY_HOLDER, keys: allKeys, rateLimitKey };
    const token = bearerIn(credentials);
    if (token !== null) {
      const principal = await this.#find(token);
      return { principal, keys: allKeys, rateLimitKey: principal.id === null ? null : hashOf(principal.id) };
    }
    if (hasCallerKey) return { principal: KEY_HOLDER, keys: callerKeys, rateLimitKey };
    throw unauthenticated(
      'Send a token (authorization: Bearer <token>) or your own upstream keys (x-astria-api-key, x-portkey-api-key).',
    );
  }

  async #find(token: string): Promise<Principal> {
    const { findToken, verifyJwt } = this.#options;
    const principal = findToken?.(token) ?? (await verifyJwt?.(token));
    if (principal) return principal;
    throw unauthenticated('The token is unknown or no longer valid. Send another one.');
  }
}

function withLowerCaseNames(parameters: Credentials): Credentials {
  const credentials = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(credentials.map(([name, value]) => [name.toLowerCase(), value]));
}

function keysIn(credentials: Credentials): UpstreamKeys {
  const key = (name: string) => {
    const value = credentials[name];
    if (value === undefined) return null;
    if (typeof value === 'string' && KEY.test(value)) return value;
    throw badRequest(`The key ${name} must be 1 to 512 visible ASCII characters.`);
  };
  return { astria: key('x-astria-api-key'), portkey: key('x-portkey-api-key') };
}

/** Returns the token, or null for another scheme, such as that of a proxy. @throws RequestError if it is malformed. */
function bearerIn(credentials: Credentials): string | null {
  const value = credentials.authorization;
  if (value === undefined || (typeof value === 'string' && !/^bearer\b/i.test(value))) return null;
  const [, token] = typeof value === 'string' ? (BEARER.exec(value) ?? []) : [];
  if (token === undefined)
    throw unauthenticated('The authorization header is invalid. Send "Bearer <token>".');
  return token;
}

function unauthenticated(message: string): RequestError {
  return new RequestError(401, 'UNAUTHENTICATED', message, CHALLENGE);
}

const hashOf = (name: string) => hash('sha256', name, 'base64url');

/** Returns an error if every client on other machines could use the gateway's own keys, otherwise null. */
export function exposureError(host: string, own: UpstreamKeys, isOpen: boolean): string | null {
  const holdsKeys = own.astria !== null || own.portkey !== null;
  if (!holdsKeys || !isOpen || isLoopback(host)) return null;
  return (
    `HOST ${host} lets clients on other machines use the gateway's keys. Set AUTH_TOKENS_FILE or ` +
    'AUTH_JWKS_URL, or set HOST=127.0.0.1, or remove ASTRIA_API_KEY and PORTKEY_API_KEY so that callers send their own keys.'
  );
}
