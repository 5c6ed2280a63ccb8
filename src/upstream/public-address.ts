import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host name has no address that may be connected to. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/** Gives all addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** All that is given out of IPv6 so far; beyond it lie old notations of IPv4, among others. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Names that are of no public network, whatever they resolve to. */
const PRIVATE_NAME = /^[^.]+$|(^|\.)(localhost|local|localdomain|internal|home\.arpa)$/;

/** Whether an IP address is of the public internet: not private, loopback, link-local or otherwise set apart. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const plain = ipaddr.process(address);
  if (plain.range() !== 'unicast') return false;
  return plain instanceof ipaddr.IPv4 || plain.match(GLOBAL_IPV6);
}

/** Whether the host of a URL (as `URL.hostname` gives it) is private as far as that is seen without resolving it. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return isIP(host) ? !isPublicAddress(host) : PRIVATE_NAME.test(host.toLowerCase());
}

/**
 * A lookup for sockets that gives public addresses only. What was checked is what is connected to: a name that resolves to
 * something else a moment later gains nothing. Sockets look no IP address up: see {@link isPrivateHost}.
 */
export function publicLookup(resolve: Resolve = resolveAll): LookupFunction {
  return (hostname, { all, family }, callback) => {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
    const choose = (addresses: readonly LookupAddress[]) => {
      const [first, ...rest] = addresses.filter(
        (each) => isPublicAddress(each.address) && (wanted === 0 || each.family === wanted),
      );
      if (!first) callback(new PrivateAddressError('The host has no public address.'), []);
      else if (all) callback(null, [first, ...rest]);
      else callback(null, first.address, first.family);
    };
    resolve(hostname).then(choose, (error: NodeJS.ErrnoException) => callback(error, []));
  };
}

const resolveAll: Resolve = (hostname) => dns.promises.lookup(hostname, { all: true });
