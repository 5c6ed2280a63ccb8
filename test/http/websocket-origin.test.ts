import { afterEach, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { head } from '../support/raw-http.js';
import { rawConnection } from '../support/streams.js';

let gateway: TestGateway | null = null;
afterEach(() => gateway?.close());

/** Returns the status of a handshake by a page of an origin. */
async function handshake(origin: string, headers: Record<string, string> = {}): Promise<string> {
  const request = head('GET /graphql', {
    ...{ host: 'gateway', connection: 'Upgrade', upgrade: 'websocket', origin },
    ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
    ...{ 'sec-websocket-protocol': 'graphql-transport-ws', ...headers },
  });
  const socket = await rawConnection(gateway?.url ?? '', request);
  let response = '';
  socket.on('data', (bytes) => {
    response += bytes;
  });
  await until(
    () => response,
    (text) => text.includes('\r\n\r\n'),
  );
  socket.destroy();
  return response.slice(9, 12);
}

it('a page can open a WebSocket only with the scheme that the page was loaded with', async () => {
  gateway = await startTestGateway();
  expect(await handshake('http://gateway')).toBe('101');
  expect(await handshake('https://gateway')).toBe('403');
  // Any client can send this header.
  expect(await handshake('https://gateway', { 'x-forwarded-proto': 'https' })).toBe('403');
});

it('the scheme of a page is taken from a trusted proxy', async () => {
  gateway = await startTestGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  for (const proto of ['https', 'HTTPS', 'wss', 'https, http']) {
    expect(await handshake('https://gateway', { 'x-forwarded-proto': proto })).toBe('101');
    expect(await handshake('http://gateway', { 'x-forwarded-proto': proto })).toBe('403');
  }
  expect(await handshake('http://gateway')).toBe('101');
  expect(await handshake('https://gateway')).toBe('403');
});
