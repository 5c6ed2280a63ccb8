import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv6 client usually controls its whole /64. */
const IPV6_NETWORK_GROUPS = 4;

/** Whether what an address says of its own client is believed. */
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

/** What an address counts as: itself, or its network where it is one of IPv6. Whatever is no address counts as one. */
export function sourceOf(given: string): string {
  const address = bareAddress(given);
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return networkOf(address);
    default:
      return 'unknown';
  }
}

function networkOf(address: string): string {
  // Node takes anything for a zone, which ipaddr.js does not.
  const parsed = ipaddr.IPv6.parse(address.replace(/%.*/s, ''));
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return `${parsed.parts
    .slice(0, IPV6_NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':')}::`;
}

/** Where a request comes from: what Fastify makes of it, for a connection that Fastify never sees. */
export function clientAddress({ headers, socket }: IncomingMessage, trust: Trust): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  let address = socket.remoteAddress ?? '';
  for (const previous of forwarded.reverse()) {
    if (!trust(address)) break;
    address = previous;
  }
  return address;
}

/** Returns the scheme of the URL of a request. Only a trusted proxy can say that it was https. */
export function clientScheme({ headers, socket }: IncomingMessage, trust: Trust): 'http' | 'https' {
  if (!trust(socket.remoteAddress ?? '')) return 'http';
  const [forwarded = ''] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return /^(https|wss)$/i.test(forwarded.trim()) ? 'https' : 'http';
}

/** Some proxies add the port to the address that they forward: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function bareAddress(given: string): string {
  const [, ipv6, ipv4] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(given) ?? [];
  return ipv6 ?? ipv4 ?? given;
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
