import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { rawConnection } from '../support/streams.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => gateway.close());

const LARGE = 20_000;
const OPERATION = JSON.stringify({ query: '{ __typename }' });

/** Connections whose requests have begun and do not end. */
const begin = (count: number, address: string, length = LARGE) =>
  Promise.all(
    Array.from({ length: count }, () =>
      rawConnection(
        gateway.url,
        `POST /graphql HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${address}\r\n` +
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

it('an address may have 64 large requests under way, and as many small ones as it likes', async () => {
  const sockets = await begin(64, '192.0.2.1');
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

it('all together may have 256, those on this machine without a share', async () => {
  const sockets = await begin(256, '127.0.0.1');
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
