import { describe, expect, it } from '@jest/globals';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';
import { BareSocket, jobStarter } from '../support/streams.js';

const gateway = describeStreamingGateway();

const connect = (headers: Record<string, string> = {}, protocols?: string) =>
  new BareSocket(gateway.url, headers, protocols);

const start = jobStarter(gateway);

describe('upstream keys', () => {
  const QUERY = '{ replications(first: 50) { nodes { id } } }';
  const jobsSeen = async (client: BareSocket) => {
    client.subscribe('q', QUERY);
    const [next] = await client.finished('q');
    client.socket.close();
    return at(next, 'payload.data.replications.nodes.length');
  };

  it('upstream keys come from connection_init or from the headers of the handshake, in that order', async () => {
    await start();
    expect(await jobsSeen(await connect().init())).toBeGreaterThan(0);
    const other = { 'x-portkey-api-key': 'somebody-else' };
    expect(await jobsSeen(await connect(other).init())).toBe(0);
    expect(await jobsSeen(await connect().init({ 'X-Portkey-Api-Key': 'somebody-else' }))).toBe(0);
    const own = { 'x-portkey-api-key': gateway.sandbox.portkeyKey };
    expect(await jobsSeen(await connect(other).init(own))).toBeGreaterThan(0);
  });

  it.each([['has spaces'], [''], [7], [{ a: 'secret' }], ['x'.repeat(600)]])(
    'upstream keys that are malformed close the WebSocket: %j',
    async (key) => {
      const client = await connect().init({ 'x-astria-api-key': key });
      const { code, reason } = await client.end();
      expect(code).toBe(4400);
      expect(reason).toBe('The key x-astria-api-key must be 1 to 512 visible ASCII characters.');
      expect(client.messages).toEqual([]);
    },
  );

  it('upstream keys that an upstream rejects give the same error as over HTTP', async () => {
    const client = await connect().init({ 'x-portkey-api-key': 'wrong-key' });
    client.subscribe('q', '{ portkeyPrompts(first: 1) { nodes { name } } }');
    const [next] = await client.finished('q');
    const http = await gateway.graphql(
      '{ portkeyPrompts(first: 1) { nodes { name } } }',
      {},
      { 'x-portkey-api-key': 'wrong-key' },
    );
    expect(at(next, 'payload.errors.0.extensions')).toEqual(http.errors?.[0]?.extensions);
    client.socket.close();
  });
});
