import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { GraphQLServer } from '../../src/graphql/graphql-server.js';
import { createSchema } from '../../src/graphql/schema.js';
import { Access } from '../../src/http/access/access.js';
import { AdmissionQueue, OVERLOAD, STARTS_AT_ONCE } from '../../src/http/limits/load-shedder.js';
import { RateLimiter } from '../../src/http/limits/rate-limits.js';
import { graphqlSockets } from '../../src/http/websocket/graphql-socket.js';
import { createLog } from '../../src/log.js';
import { memoryRateCounts } from '../../src/storage/rate-counts.js';

const { queryLimits: limits } = parseConfig({});
const OPERATIONS = 20;

/** Opens a WebSocket without a network, so that it can close in the turn in which its operations begin to wait. */
async function open() {
  const executed: unknown[] = [];
  const graphql = new GraphQLServer({
    ...{ schema: createSchema(), limits, trusted: null, introspection: true, log: createLog('silent') },
    count: (type) => executed.push(type),
  });
  await graphql.start();
  executed.length = 0;
  const overload = { ...OVERLOAD, maxOperations: STARTS_AT_ONCE + OPERATIONS, reservedForWrites: 0 };
  // The clock stands still, so no turn is long.
  const queue = new AdmissionQueue(overload, () => 0);
  const access = new Access({ keys: { astria: null, portkey: null }, findToken: null, verifyJwt: null });
  const rates = new RateLimiter({ perAddress: null, perPrincipal: null }, memoryRateCounts());
  // `{ __typename }` needs no services.
  const services = Object.create(null);
  let receive = async (_text: string) => {};
  const close = graphqlSockets({ graphql, queue, access, rates, services }).serve({
    ...{ protocol: 'graphql-transport-ws', headers: {}, address: '127.0.0.1' },
    close: () => {},
    send: async () => {},
    onMessage: (listener) => {
      receive = listener;
    },
  });
  await receive(JSON.stringify({ type: 'connection_init' }));
  const send = (message: object) => receive(JSON.stringify(message));
  return { graphql, queue, executed, send, close };
}

/** Uses up the starts of this turn of the event loop, so that further operations wait. */
function useUpTurn(queue: AdmissionQueue): void {
  for (let n = 0; n < STARTS_AT_ONCE; n += 1) queue.acquire(true);
}

it.each([
  ['executes operations that waited', OPERATIONS],
  ['executes no waiting operation after it has closed', 0],
  ['executes no waiting operation that the client has completed', 0],
])('a WebSocket %s, and frees the slots', async (name, expected) => {
  const { graphql, queue, executed, send, close } = await open();
  await nextTurn();
  useUpTurn(queue);
  const ids = Array.from({ length: OPERATIONS }, (_, n) => String(n));
  const payload = { query: '{ __typename }' };
  const ended = ids.map((id) => send({ type: 'subscribe', id, payload }));
  // All operations wait after a few microtasks.
  for (let n = 0; n < 20; n += 1) await null;
  expect(executed).toEqual([]);
  if (name.includes('closed')) close(1006, '');
  if (name.includes('completed')) for (const id of ids) ended.push(send({ type: 'complete', id }));
  await Promise.all(ended);
  expect(executed).toHaveLength(expected);
  await nextTurn();
  const slots = ids.map(() => queue.acquire(true));
  expect(slots.filter(({ isAdmitted }) => isAdmitted === false)).toEqual([]);
  await graphql.stop();
});
