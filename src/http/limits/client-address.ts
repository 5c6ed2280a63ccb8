import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv6 client usually controls its whole /64. */
const IPV6_NETWORK_GROUPS = 4;

/** Returns true if only this machine reaches what listens on a host, as far as that shows without resolving it. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (plain === 'localhost') return true;
  return ipaddr.isValid(plain) && ipaddr.process(plain).range() === 'loopback';
}

/** Decides if the gateway trusts the client address that a proxy reports. */
export type Trust = (address: string) => boolean;

/** Trusts addresses and networks such as 10.0.0.0/8. */
export function trustIn(networks: readonly string[]): Trust {
  if (networks.length === 0) return () => false;
  const trusted = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return (given) => {
    const address = bareAddress(given);
    return isIP(address) !== 0 && trusted.check(address, familyOf(address));
  };
}

/** Returns what an address counts as: an IPv4 address itself, an IPv6 address its network, anything else `unknown`. */
export function sourceOf(given: string): string {
  const address = bareAddress(given);
  if (isIP(address) === 4) return address;
  if (isIP(address) === 0) return 'unknown';
  // Node accepts any zone, unlike ipaddr.js.
  const parsed = ipaddr.process(address.replace(/%.*/s, ''));
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = parsed.parts.slice(0, IPV6_NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::`;
}

/** Some proxies add the port to the address that they forward: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function bareAddress(given: string): string {
  const [, ipv6, ipv4] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(given) ?? [];
  return ipv6 ?? ipv4 ?? given;
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
