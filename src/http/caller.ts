import { setMaxListeners } from 'node:events';
import { createContext, type SharedServices, type UpstreamKeys } from '../graphql/context.js';
import type { StreamCaller } from '../graphql/subscriptions.js';
import { RequestError } from './request-error.js';

/** What every transport needs to make contexts. */
export interface CallerOptions {
  readonly services: SharedServices;
  /** The gateway's own keys. */
  readonly keys: UpstreamKeys;
}

const KEY = /^[\x21-\x7e]{1,512}$/;

/**
 * The keys that a caller works with: those that it brings, in headers or under the same names in what a WebSocket begins
 * with, or else the gateway's. Where it brings one twice, the later source counts.
 * @throws RequestError when one could not be a key; the message does not hold it.
 */
export function callerKeys(
  own: UpstreamKeys,
  ...sources: readonly Readonly<Record<string, unknown>>[]
): UpstreamKeys {
  const given = new Map<string, unknown>();
  for (const source of sources)
    for (const [name, value] of Object.entries(source))
      if (value !== undefined && value !== null) given.set(name.toLowerCase(), value);
  const key = (name: string) => {
    const value = given.get(name);
    if (value === undefined) return null;
    if (typeof value === 'string' && KEY.test(value)) return value;
    throw new RequestError(400, 'BAD_REQUEST', `${name} must be 1 to 512 visible ASCII characters`);
  };
  return {
    astria: key('x-astria-api-key') ?? own.astria,
    portkey: key('x-portkey-api-key') ?? own.portkey,
  };
}

/** Somebody with these keys, for one operation. */
export function newCaller(services: SharedServices, keys: UpstreamKeys): StreamCaller {
  const ending = new AbortController();
  // Every upstream call of the operation listens: Node would take more than ten for a leak.
  setMaxListeners(0, ending.signal);
  return { newContext: () => createContext(services, keys, ending.signal), ending };
}
