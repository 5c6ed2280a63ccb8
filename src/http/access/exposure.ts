import ipaddr from 'ipaddr.js';
import type { UpstreamKeys } from '../../graphql/context.js';

/** Whether only this machine reaches what listens on a host, as far as that is seen without resolving it. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (plain === 'localhost') return true;
  return ipaddr.isValid(plain) && ipaddr.process(plain).range() === 'loopback';
}

/** Why a gateway must not be started: everybody who reaches it could spend what its keys pay for. Null: it may be. */
export function exposureFault(host: string, own: UpstreamKeys, isOpen: boolean): string | null {
  const holdsKeys = own.astria !== null || own.portkey !== null;
  if (!holdsKeys || !isOpen || isLoopback(host)) return null;
  return (
    `HOST ${host} can be reached from elsewhere, and whoever reaches it could use the gateway's own keys: set AUTH_TOKENS_FILE ` +
    'or AUTH_JWKS_URL, or HOST=127.0.0.1, or take ASTRIA_API_KEY and PORTKEY_API_KEY away and let callers bring their own'
  );
}
