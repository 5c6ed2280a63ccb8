import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv6 client usually controls its whole /64. */
const IPV6_NETWORK_GROUPS = 4;

/** Returns true if a server on this host can be reached only from this machine. The host is not resolved. */
export function isLoopback(host: string): boolean {
  const unbracketed = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (unbracketed === 'localhost') return true;
  return ipaddr.isValid(unbracketed) && ipaddr.process(unbracketed).range() === 'loopback';
}

/** Returns true for the IP address of a proxy whose forwarding headers are trusted. */
export type IsTrustedProxy = (address: string) => boolean;

/** Creates the check for IP addresses and networks such as 10.0.0.0/8. */
export function createTrustProxy(networks: readonly string[]): IsTrustedProxy {
  if (networks.length === 0) return () => false;
  const trusted = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return (rawAddress) => {
    const address = bareAddress(rawAddress);
    return isIP(address) !== 0 && trusted.check(address, familyOf(address));
  };
}

/** Returns the key under which a client is counted: its IPv4 address, its IPv6 network, or `unknown`. */
export function sourceOf(rawAddress: string): string {
  const address = bareAddress(rawAddress);
  if (isIP(address) === 4) return address;
  if (isIP(address) === 0) return 'unknown';
  // Node accepts any zone, unlike ipaddr.js.
  const parsed = ipaddr.process(address.replace(/%.*/s, ''));
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = parsed.parts.slice(0, IPV6_NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::`;
}

/** Removes the port that some proxies add to a forwarded address: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function bareAddress(rawAddress: string): string {
  const [, ipv6, ipv4] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(rawAddress) ?? [];
  return ipv6 ?? ipv4 ?? rawAddress;
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
