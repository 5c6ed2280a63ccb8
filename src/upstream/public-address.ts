import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Thrown if a host name has no public address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/** Resolves a host name to all of its addresses. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** IPv6 space that has been allocated so far. The rest includes old notations of IPv4 addresses. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Matches host names of private networks, whatever they resolve to. */
const PRIVATE_NAME = /^[^.]+$|(^|\.)(localhost|local|localdomain|internal|home\.arpa)$/;

/** Returns true if an IP address belongs to the public internet, and is not reserved in any way. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
}

/** Returns true if a host is visibly private without resolving it. @param hostname In the form of `URL.hostname`. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return isIP(host) ? !isPublicAddress(host) : PRIVATE_NAME.test(host.toLowerCase());
}

/**
 * Creates a lookup function that makes sockets connect only to public addresses, which defeats DNS rebinding. Sockets do not look
 * up IP addresses, so check those with {@link isPrivateHost}.
 */
export function publicLookup(resolve: Resolve = resolveAll): LookupFunction {
  return (hostname, { all, family }, callback) => {
    const requestedFamily = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
    const choose = (addresses: readonly LookupAddress[]) => {
      const [first, ...rest] = addresses.filter(
        (each) => isPublicAddress(each.address) && (requestedFamily === 0 || each.family === requestedFamily),
      );
      if (!first) callback(new PrivateAddressError('The host has no public address.'), []);
      else if (all) callback(null, [first, ...rest]);
      else callback(null, first.address, first.family);
    };
    resolve(hostname).then(choose, (error: NodeJS.ErrnoException) => callback(error, []));
  };
}

const resolveAll: Resolve = (hostname) => dns.promises.lookup(hostname, { all: true });
