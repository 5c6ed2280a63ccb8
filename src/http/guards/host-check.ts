import { isIP } from 'node:net';
import { parseUrl } from '../../domain/url.js';
import { RequestError } from '../request-error.js';

export type HostRule = (host: string | undefined) => boolean;

/**
 * Whether a request may be meant for a gateway that only this machine reaches and that lets everybody in. A page of
 * evil.example can have that name resolve to 127.0.0.1, and is then of the same origin as the gateway; what the browser
 * sends still bears the name (DNS rebinding). Addresses, `localhost` and names without a dot cannot be had like that.
 * @param known Other hosts or URLs that lead here.
 */
export function localHostRule(known: readonly string[]): HostRule {
  const names = new Set(known.map((each) => hostname(parseUrl(each)?.host ?? each)));
  return (host) => {
    // Browsers always send one.
    if (host === undefined) return true;
    const name = hostname(host);
    return (
      isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[^.]*$|\.localhost$/.test(name) || names.has(name)
    );
  };
}

/** Without its port, and without the dot that may stand at the end. */
const hostname = (host: string) => host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();

export const MISDIRECTED = new RequestError(
  421,
  'BAD_REQUEST',
  'this gateway is for its own machine, by the name localhost: set PUBLIC_URL if it has another name as well',
);
