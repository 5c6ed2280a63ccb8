import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Whether what an address says of its own client is believed. */
export type Trust = (address: string) => boolean;

/** Trusts addresses and networks such as 10.0.0.0/8. */
export function trustIn(networks: readonly string[]): Trust {
  const trusted = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && trusted.check(address, familyOf(address));
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

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
