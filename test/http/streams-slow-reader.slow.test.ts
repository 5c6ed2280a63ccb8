import { setImmediate as turn } from 'node:timers/promises';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SharedServices } from '../../src/graphql/context.js';
import { GraphQLServer } from '../../src/graphql/graphql-server.js';
import { Access } from '../../src/http/access/access.js';
import { createTrustProxy } from '../../src/http/limits/client-address.js';
import { CLIENT_TIMEOUTS } from '../../src/http/limits/client-timeouts.js';
import { OVERLOAD } from '../../src/http/limits/load-shedder.js';
import { RateLimiter } from '../../src/http/limits/rate-limits.js';
import { Metrics } from '../../src/http/metrics/metrics.js';
import { createHttpServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';
import { memoryRateCounts } from '../../src/storage/rate-counts.js';
import { until } from '../support/gateway.js';
import { BareSocket, MULTIPART, rawConnection, rawPost, SSE } from '../support/streams.js';

const BLOB = 'x'.repeat(100_000);
const LIMIT_BYTES = 10 * 1024 * 1024;
const FLOOD = 'subscription { flood }';

/** Number of events that were pulled from the sources, and number of open sources. */
const source = { pulled: 0, open: 0 };
async function* flood() {
  source.open += 1;
  try {
    for (;;) {
      source.pulled += 1;
      yield BLOB + source.pulled;
    }
  } finally {
    source.open -= 1;
  }
}
async function* failing() {
  yield 'one';
  throw new Error('postgres://user:secret@host failed');
}

const LIMITS = { tokens: 100, depth: 10, aliases: 0, rootFields: 1, cost: 100 };
const log = createLog('silent');
const schema = makeExecutableSchema({
  typeDefs: 'type Query { a: String } type Subscription { flood: String fails: String refuses: String }',
  resolvers: {
    Subscription: {
      flood: { subscribe: flood, resolve: (blob: string) => blob },
      fails: { subscribe: failing, resolve: (word: string) => word },
      refuses: {
        subscribe: () => {
          throw new Error('secret');
        },
      },
    },
  },
});
const graphql = new GraphQLServer({ schema, log, limits: LIMITS, trusted: null, introspection: false });
// This schema uses no service.
const services: SharedServices = Object.assign(Object.create(null), { log, realms: {} });
const access = new Access({ keys: { astria: null, portkey: null }, findToken: null, verifyJwt: null });
const options = {
  graphql,
  services,
  access,
  limits: { maxFileBytes: 1, maxBodyBytes: 1_000 },
  rates: new RateLimiter({ perAddress: null, perPrincipal: null }, memoryRateCounts()),
  isTrustedProxy: createTrustProxy([]),
  overload: OVERLOAD,
  metrics: new Metrics(),
  publicUrl: null,
  astriaUrl: 'https://api.astria.ai',
  corsOrigins: [],
  clientTimeouts: CLIENT_TIMEOUTS,
  maxConnections: 100,
  isAllowedHost: null,
  playground: null,
};
let app: Awaited<ReturnType<typeof createHttpServer>>;
let url = '';
beforeAll(async () => {
  app = await createHttpServer(options, log);
  await graphql.start();
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await graphql.stop();
});

/** Returns the growth of the process in bytes, once no more events are pulled. */
async function growthOnceStalled(
  start: () => Promise<() => void>,
): Promise<{ growth: number; leave: () => void }> {
  const { rss } = process.memoryUsage();
  const leave = await start();
  await until(() => source.pulled, Boolean);
  let seen = -1;
  await until(async () => {
    const isStalled = seen === source.pulled;
    seen = source.pulled;
    for (let n = 0; n < 100; n += 1) await turn();
    return isStalled;
  }, Boolean);
  return { growth: process.memoryUsage().rss - rss, leave };
}

/**
 * Returns the least growth of three rounds with a client that reads nothing, because garbage of other tests disturbs the
 * measurement. A first round compiles the code and does not count.
 */
async function leastGrowth(start: () => Promise<() => void>): Promise<number> {
  const growths: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    source.pulled = 0;
    const { growth, leave } = await growthOnceStalled(start);
    leave();
    await until(
      () => source.open,
      (open) => open === 0,
    );
    // The socket buffers of the system hold some events too.
    expect(source.pulled).toBeLessThan(200);
    growths.push(growth);
  }
  return Math.min(...growths.slice(1));
}

it.each([
  ['server-sent events', SSE],
  ['parts of a multipart response', MULTIPART],
])('the gateway produces no %s for a client that does not read', async (_case, headers) => {
  const growth = await leastGrowth(async () => {
    const socket = await rawConnection(url, rawPost({ query: FLOOD }, headers));
    socket.pause();
    return () => socket.destroy();
  });
  expect(growth).toBeLessThan(LIMIT_BYTES);
});

it('the gateway produces no WebSocket messages for a client that does not read', async () => {
  const growth = await leastGrowth(async () => {
    const client = await new BareSocket(url).init();
    client.socket.pause();
    client.subscribe('1', FLOOD);
    return () => client.socket.terminate();
  });
  expect(growth).toBeLessThan(LIMIT_BYTES);
});

it('a source that fails ends its stream with one masked error, over each transport', async () => {
  const post = async (query: string, headers: Record<string, string>) =>
    (await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).text();
  for (const field of ['fails', 'refuses']) {
    const query = `subscription { ${field} }`;
    const client = await new BareSocket(url).init();
    client.subscribe('1', query);
    const texts = [
      await post(query, SSE),
      await post(query, MULTIPART),
      JSON.stringify(await client.finished('1')),
    ];
    for (const text of texts) {
      expect(text.match(/INTERNAL_SERVER_ERROR/g)).toHaveLength(1);
      expect(text).not.toContain('secret');
    }
    expect(texts[0]).toMatch(/event: complete\ndata:\n\n$/);
    client.socket.close();
  }
});

it('many streams that open and close leave nothing behind', async () => {
  const connections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  // Other tests keep these connections alive.
  const idle = await connections();
  const round = async () => {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        if (n % 2) return rawConnection(url, rawPost({ query: FLOOD }, n % 4 === 1 ? SSE : MULTIPART));
        const client = await new BareSocket(url).init();
        client.socket.pause();
        client.subscribe('1', FLOOD);
        return { destroy: () => client.socket.terminate() };
      }),
    );
    await until(
      () => source.open,
      (open) => open === 20,
    );
    for (const socket of sockets) socket.destroy();
    await until(
      () => source.open,
      (open) => open === 0,
    );
    await until(connections, (count) => count <= idle);
    const events = app.server.eventNames().map((name) => [name, app.server.listenerCount(name)]);
    const resources = process
      .getActiveResourcesInfo()
      .filter((name) => name !== 'Immediate')
      .sort();
    return { events, sockets: resources.filter((name) => /TCPSocket|TCPWrap/.test(name)) };
  };
  const before = await round();
  for (let n = 0; n < 4; n += 1) await round();
  expect(await round()).toEqual(before);
});
