import { expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { rawConnection } from '../support/streams.js';

const gateway = describeGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } });

const LARGE = 20_000;
const OPERATION = JSON.stringify({ query: '{ __typename }' });

/** Opens connections from the given IP addresses in turn, with requests that never end. */
const begin = (count: number, addresses: readonly string[], length = LARGE) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      rawConnection(
        gateway.url,
        `POST /graphql HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${addresses[index % addresses.length]}\r\n` +
          `content-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`,
      ),
    ),
  );
const ask = async (address: string, size: number) => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: OPERATION.padEnd(size),
  });
  return [response.status, response.headers.get('retry-after')];
};

it('a client may have 64 large requests in progress, and any number of small ones', async () => {
  const sockets = await begin(64, ['192.0.2.1']);
  await until(
    () => ask('192.0.2.1', LARGE),
    ([status]) => status === 503,
  );
  expect(await ask('192.0.2.1', LARGE)).toEqual([503, '1']);
  expect(await ask('192.0.2.1', 1_000)).toEqual([200, null]);
  expect(await ask('192.0.2.2', LARGE)).toEqual([200, null]);
  for (const socket of sockets) socket.destroy();
  await until(
    () => ask('192.0.2.1', LARGE),
    ([status]) => status === 200,
  );
});

it.each([
  [
    'an IPv6 network',
    ['2001:db8::1', '2001:db8::2', '[2001:db8:0:0:3::]:4711', '2001:DB8::ffff:4'],
    '2001:db8::5',
    '2001:db8:0:1::1',
  ],
  [
    'an IPv4 address in any spelling',
    ['::ffff:192.0.2.9', '192.0.2.9:4711', '[::ffff:c000:209]:80', '::FFFF:C000:0209'],
    '192.0.2.9',
    '192.0.2.8',
  ],
])('%s counts as one source', async (_name, addresses, same, other) => {
  const sockets = await begin(64, addresses);
  await until(
    () => ask(same, LARGE),
    ([status]) => status === 503,
  );
  expect(await ask(other, LARGE)).toEqual([200, null]);
  for (const socket of sockets) socket.destroy();
  await until(
    () => ask(same, LARGE),
    ([status]) => status === 200,
  );
});

it('all clients together may have 256 large requests in progress, with no limit per loopback client', async () => {
  const sockets = await begin(256, ['127.0.0.1']);
  await until(
    () => ask('192.0.2.3', LARGE),
    ([status]) => status === 503,
  );
  expect(await ask('192.0.2.3', 1_000)).toEqual([200, null]);
  for (const socket of sockets) socket.destroy();
  await until(
    () => ask('192.0.2.3', LARGE),
    ([status]) => status === 200,
  );
});
