import http from 'node:http';
import { afterEach, expect, it } from '@jest/globals';
import { at, startTestGateway, until } from '../support/gateway.js';
import { type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function gatewayOver(handler: RawHandler) {
  const upstream = await startRawUpstream(handler);
  const gateway = await startTestGateway({
    env: { ASTRIA_BASE_URL: upstream.url, PORTKEY_BASE_URL: upstream.url },
  });
  opened.push(gateway, upstream);
  /** Sends a query. `leave` disconnects like a browser whose tab is closed. */
  const ask = (query: string) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(`${gateway.url}/graphql`, { method: 'POST', headers, agent: false });
    request.on('error', () => {});
    request.end(JSON.stringify({ query }));
    return { leave: () => request.destroy() };
  };
  return { upstream, gateway, ask };
}

const QUERIES = ['{ tunes { nodes { id } } }', '{ tune(id: 5) { id } }', '{ portkeyPrompt(id: "x") { id } }'];

it.each(QUERIES)('a client that disconnects cancels its upstream call: %s', async (query) => {
  const { upstream, ask } = await gatewayOver(() => {});
  const client = ask(query);
  await until(
    () => upstream.requests.length,
    (count) => count === 1,
  );
  expect(upstream.requests).toMatchObject([{ hungUp: false }]);
  client.leave();
  await until(() => upstream.requests[0]?.hungUp, Boolean);
  expect(upstream.requests).toHaveLength(1);
});

it('a client that disconnects does not cancel an upstream call that another client awaits', async () => {
  const replies: (() => void)[] = [];
  const { upstream, ask, gateway } = await gatewayOver((_request, response) => {
    replies.push(() => reply(response, 200, [{ id: 5, title: 'five' }]));
  });
  const paths = () => upstream.requests.map(({ target }) => target.split('?')[0]);
  const callOf = (path: string) => upstream.requests.find(({ target }) => target.startsWith(path));
  const leaving = ask('{ tunes { nodes { title } } tune(id: 7) { id } }');
  await until(paths, ({ length }) => length === 2);
  const staying = gateway.graphql('{ tunes { nodes { title } } portkeyPrompt(id: "y") { id } }');
  // The second call of this client shows that it has joined the first call of the other client.
  await until(paths, ({ length }) => length === 3);
  leaving.leave();
  await until(() => callOf('/tunes/7')?.hungUp, Boolean);
  expect(callOf('/tunes?')?.hungUp).toBe(false);
  for (const sendReply of replies) sendReply();
  expect(at((await staying).data, 'tunes.nodes.0.title')).toBe('five');
  expect(paths().sort()).toEqual(['/prompts/y', '/tunes', '/tunes/7']);
});

it('clients with different keys never share an upstream call', async () => {
  const { upstream, gateway } = await gatewayOver((request, response) => {
    const title = `of ${request.headers.authorization}`;
    setTimeout(() => reply(response, 200, [{ id: 5, title }]), 30);
  });
  const titles = await Promise.all(
    ['a', 'a', 'b'].map(async (key) => {
      const { data } = await gateway.graphql(
        '{ tunes { nodes { title } } }',
        {},
        { 'x-astria-api-key': key },
      );
      return at(data, 'tunes.nodes.0.title');
    }),
  );
  expect(titles).toEqual(['of Bearer a', 'of Bearer a', 'of Bearer b']);
  const keys = upstream.requests.map(({ headers }) => headers.authorization);
  expect(new Set(keys)).toEqual(new Set(['Bearer a', 'Bearer b']));
  expect(keys.filter((key) => key === 'Bearer b')).toHaveLength(1);
});

it('the gateway calls an upstream below the path of its base URL', async () => {
  const upstream = await startRawUpstream((_request, response) => reply(response, 200, []));
  const gateway = await startTestGateway({ env: { ASTRIA_BASE_URL: `${upstream.url}/proxy/astria/` } });
  opened.push(gateway, upstream);
  await gateway.graphql('{ tunes(first: 1) { nodes { id } } }');
  expect(upstream.requests).toMatchObject([{ target: '/proxy/astria/tunes?limit=2' }]);
});
