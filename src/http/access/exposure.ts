import ipaddr from 'ipaddr.js';

/** Whether only this machine reaches what listens on a host, as far as that is seen without resolving it. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (plain === 'localhost') return true;
  return ipaddr.isValid(plain) && ipaddr.process(plain).range() === 'loopback';
}
