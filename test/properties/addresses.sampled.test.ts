import { BlockList, isIPv4 } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { localHostValidator } from '../../src/http/guards/request-guards.js';
import { ownAddress, redactCallbackUrls, refusedTarget } from '../../src/services/callbacks/callback-urls.js';
import { isPublicAddress } from '../../src/upstream/public-address.js';
import { sampled } from '../support/sampling.js';
import { casesRun, forAll, TEXT } from './cases.js';

afterAll(() => expect(casesRun()).toBeGreaterThanOrEqual(sampled(5_000)));

describe('URL of a private network', () => {
  const byte = fc.nat(255);
  /** Private IPv4 addresses as four bytes. */
  const privateIpv4 = fc
    .tuple(
      fc.constantFrom([10], [127], [0], [169, 254], [192, 168], [172, 16], [172, 31], [100, 64], [224]),
      byte,
      byte,
      byte,
    )
    .map(([start, ...rest]) => [...start, ...rest].slice(0, 4));
  const number = (bytes: readonly number[]) => bytes.reduce((sum, each) => sum * 256 + each, 0);
  const hex = (bytes: readonly number[]) =>
    Buffer.from(bytes)
      .toString('hex')
      .replace(/^(.{4})/, '$1:');
  const NOTATIONS: readonly ((bytes: readonly number[]) => string)[] = [
    (bytes) => bytes.join('.'),
    (bytes) => String(number(bytes)),
    (bytes) => `0x${number(bytes).toString(16)}`,
    (bytes) => `0${number(bytes).toString(8)}`,
    (bytes) => bytes.map((each) => `0${each.toString(8)}`).join('.'),
    (bytes) => bytes.map((each) => `0x${each.toString(16)}`).join('.'),
    ([first, ...rest]) => `${first}.${number(rest)}`,
    ([first, second, ...rest]) => `${first}.${second}.${number(rest)}`,
    (bytes) => `${bytes.join('.')}.`,
    (bytes) =>
      [...bytes.join('.')]
        .map((each) => (/\d/.test(each) ? String.fromCodePoint(0xff10 + Number(each)) : each))
        .join(''),
    (bytes) => bytes.join('。'),
    (bytes) => [...bytes.join('.')].map((each) => `%${each.charCodeAt(0).toString(16)}`).join(''),
    (bytes) => `[::ffff:${bytes.join('.')}]`,
    (bytes) => `[::ffff:${hex(bytes)}]`,
    (bytes) => `[0:0:0:0:0:FFFF:${hex(bytes)}]`,
    (bytes) => `[::${hex(bytes)}]`,
    (bytes) => `[64:ff9b::${hex(bytes)}]`,
    (bytes) => `[2002:${hex(bytes)}::1]`,
  ];
  const unreachable = fc.constantFrom(
    '[::1]',
    '[fe80::1]',
    '[fc00::1]',
    '[ff02::1]',
    'localhost',
    'a.internal',
    '[::]',
  );
  const host = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(privateIpv4, fc.constantFrom(...NOTATIONS)).map(([bytes, write]) => write(bytes)),
    },
    unreachable,
  );

  it('a URL of a private network is rejected as a callback in every notation', () => {
    forAll(fc.tuple(host, fc.constantFrom('', ':80', ':8080')), 2_000, ([name, port]) => {
      expect(refusedTarget(`http://${name}${port}/x`, false)).toEqual(expect.any(String));
    });
  });

  it('a URL of a private network never counts as public', () => {
    const set = new BlockList();
    for (const network of [
      '10.0.0.0/8',
      '127.0.0.0/8',
      '192.168.0.0/16',
      '172.16.0.0/12',
      '169.254.0.0/16',
    ]) {
      const [address = '', bits] = network.split('/');
      set.addSubnet(address, Number(bits), 'ipv4');
    }
    const inside = privateIpv4.map((bytes) => bytes.join('.'));
    forAll(fc.oneof(fc.ipV4Extended(), fc.ipV6(), inside), 1_500, (address) => {
      const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
      if (!URL.canParse(url)) return;
      const plain = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
      if (!set.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')) return;
      expect(isPublicAddress(plain)).toBe(false);
      expect(refusedTarget(url, false)).toMatch(/private/);
    });
  });

  it('a URL of a private network is checked without an exception, whatever the string', () => {
    forAll(TEXT, 700, (text) => {
      for (const url of [text, `http://${text}`]) expect([null, 'string']).toContain(refusal(url));
    });
  });

  const refusal = (url: string) => {
    const words = refusedTarget(url, false);
    return words === null ? null : typeof words;
  };
});

it('the host rule accepts only the configured domain, and accepts any string as input', () => {
  const isLocal = localHostValidator(['https://prompts.example.com']);
  forAll(TEXT, 500, (host) => expect(typeof isLocal(host)).toBe('boolean'));
  forAll(fc.domain(), 500, (host) => expect(isLocal(host)).toBe(host === 'prompts.example.com'));
});

it('a callback URL of the gateway is recognized, and removed from every string', () => {
  const secret = 'A'.repeat(43);
  forAll(fc.tuple(TEXT, fc.uuid(), TEXT), 600, ([before, id, after]) => {
    const own = `https://gateway.example/webhooks/astria/prompts/${id}/${secret}`;
    expect(ownAddress(own)).toEqual({ id, secret });
    expect(redactCallbackUrls(`${before} ${own} ${after}`, '$&')).not.toContain(secret);
  });
});
