import { getEventListeners, setMaxListeners } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Gateway, GatewayResult, Operation } from '../../playground/gateway/gateway.js';
import { followPrompts, type LivePrompt } from '../../playground/results/follow-prompts.js';
import { followReplication, type ReplicationUpdate } from '../../playground/results/follow-replication.js';
import { pause } from '../../playground/results/retry.js';
import { untilAborted } from '../../playground/results/until-aborted.js';
import { TokensOnDisk } from '../access/tokens-on-disk.js';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { slowDown, startJob, subscriptionsUnderWay } from '../support/streams.js';

let client: Client;
// Closes the client before the gateway.
afterAll(() => client.dispose());
const gateway = describeStreamingGateway();
beforeAll(() => {
  client = connect(gateway.url);
});

const connect = (url: string) =>
  createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });

/** Gateway client of the page, as far as it works outside a browser. Throws only instances of Error. */
function gatewayBy(sockets: Client, { graphql } = gateway): Gateway {
  return {
    execute: ({ query, variables }) =>
      graphql(query, { ...variables }) as Promise<object> as Promise<GatewayResult>,
    subscribe: ({ query, variables = {} }: Operation) => {
      const results = sockets.iterate({ query, variables: { ...variables } });
      const next = () =>
        results.next().catch((error) => {
          if (Array.isArray(error)) return { value: { errors: error }, done: false };
          throw new Error(`closed: ${error.code}`);
        });
      return { ...results, next, [Symbol.asyncIterator]: () => ({ ...results, next }) } as Answers;
    },
  };
}

type Answers = ReturnType<Gateway['subscribe']>;

/** Sends the first subscription to one gateway and the later ones to another. */
function changing(first: Gateway, then: Gateway): Gateway {
  let now = first;
  const subscribe = (operation: Operation) => {
    const updates = now.subscribe(operation);
    now = then;
    return updates;
  };
  return { ...then, subscribe };
}

/** Client of a gateway that cannot be reached. */
const cutOff = async () => gatewayBy(connect(`http://127.0.0.1:${await freePort()}`));

/** Node.js warns about more than ten listeners; each followed prompt adds one. */
function aborting(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

const running = () => gateway.sandbox.astria.addPrompt({ text: 'a cat', images: null });

async function updatesOf(from: Gateway, id: string, signal = new AbortController().signal) {
  const seen: ReplicationUpdate[] = [];
  const page = { id, after: null, status: null };
  for await (const update of followReplication(from, {}, page, signal, HASTY.pauses)) seen.push(update);
  return seen;
}

const HASTY = { roundMs: 500, pauses: { first: 0.05, longest: 0.1 } };

/** Follows prompts, and collects the updates of each, oldest first. */
function follow(from: Gateway, ids: readonly string[], { signal } = aborting(), times?: typeof HASTY) {
  const heard = new Map<string, LivePrompt[]>();
  const tell = (id: string, live: LivePrompt) => heard.set(id, [...(heard.get(id) ?? []), live]);
  return { heard, ended: followPrompts({ gateway: from, headers: {}, signal, tell }, ids, times) };
}

const heardOf = (heard: ReadonlyMap<string, unknown>, count: number) =>
  until(
    () => heard.size,
    (size) => size === count,
  );

it('the results panel follows more than 90 prompts before the first 90 have settled', async () => {
  const prompts = Array.from({ length: 95 }, running);
  const ids = prompts.map(({ id }) => String(id));
  const { heard, ended } = follow(gatewayBy(client), ids, aborting(), HASTY);
  await heardOf(heard, 95);
  expect(subscriptionsUnderWay(gateway)).toBeLessThanOrEqual(90);
  for (const { id } of prompts) gateway.sandbox.astria.settle(id);
  await ended;
  for (const id of ids) {
    const last = heard.get(id)?.at(-1);
    expect(last).toMatchObject({ status: 'SUCCEEDED', text: 'a cat', followError: null });
    expect(last?.images?.length).toBeGreaterThan(0);
  }
  expect(subscriptionsUnderWay(gateway)).toBe(0);
});

it('the results panel follows 90 prompts in parallel, and starts no more after it has been stopped', async () => {
  const ids = Array.from({ length: 95 }, () => String(running().id));
  const controller = aborting();
  const begun = () => gateway.logLines.filter((line) => line.includes('Subscription started.')).length;
  const before = begun();
  // The round lasts longer than the test, so no prompt yields its subscription.
  const { heard, ended } = follow(gatewayBy(client), ids, controller, { ...HASTY, roundMs: 60_000 });
  await heardOf(heard, 90);
  expect(subscriptionsUnderWay(gateway)).toBe(90);
  expect([...heard.keys()].sort()).toEqual(ids.slice(0, 90).sort());
  controller.abort();
  await ended;
  await until(
    () => subscriptionsUnderWay(gateway),
    (count) => count === 0,
  );
  expect(begun() - before).toBe(90);
});

it('the results panel reports a missing prompt and stops following it', async () => {
  const { heard, ended } = follow(gatewayBy(client), ['1']);
  await ended;
  expect([...heard]).toEqual([
    ['1', [{ followError: 'The prompt no longer exists.', retryInSeconds: null }]],
  ]);
});

it('the results panel reports an unreachable gateway and retries', async () => {
  const { id } = gateway.sandbox.astria.addPrompt({ text: 'a dog', images: ['https://a/1.png'] });
  const way = changing(await cutOff(), gatewayBy(client));
  const { heard, ended } = follow(way, [`${id}`], aborting(), HASTY);
  await ended;
  expect(heard.get(`${id}`)).toEqual([
    {
      followError: expect.stringMatching(/^The prompt cannot be followed: closed/),
      retryInSeconds: HASTY.pauses.first,
    },
    expect.objectContaining({ status: 'SUCCEEDED', followError: null, retryInSeconds: null }),
  ]);
});

it('the results panel waits five seconds before it retries a prompt, and one second for a replication', async () => {
  const controller = aborting();
  const { heard, ended } = follow(await cutOff(), ['1'], controller);
  await heardOf(heard, 1);
  expect(heard.get('1')).toMatchObject([{ retryInSeconds: 5 }]);
  controller.abort();
  await ended;
  const asked = await asking([await stoppedGateway()]);
  const page = { id: 'none', after: null, status: null };
  const { value } = await followReplication(asked, {}, page, new AbortController().signal).next();
  expect(value).toMatchObject({ retryInSeconds: 1 });
});

it('the results panel can be stopped while it waits an hour for a retry', async () => {
  const errors = [{ message: 'come back later', extensions: { code: 'RATE_LIMITED', retryAfter: 3_600 } }];
  const refused = async function* () {
    yield { errors } as GatewayResult;
  };
  const controller = aborting();
  const { heard, ended } = follow({ ...gatewayBy(client), subscribe: refused }, ['1'], controller);
  await heardOf(heard, 1);
  expect(heard.get('1')).toEqual([
    { followError: 'The prompt cannot be followed: come back later', retryInSeconds: 3_600 },
  ]);
  controller.abort();
  await ended;
});

it('the results panel subscribes again when a subscription ends before its prompt has settled', async () => {
  const first = connect(gateway.url);
  const { id } = running();
  const way = changing(gatewayBy(first), gatewayBy(client));
  const { heard, ended } = follow(way, [`${id}`], aborting(), HASTY);
  await heardOf(heard, 1);
  await first.dispose();
  const followError = 'The prompt cannot be followed: the gateway ended the subscription.';
  await until(
    () => heard.get(`${id}`)?.at(-1),
    (last) => last?.followError != null,
  );
  expect(heard.get(`${id}`)?.at(-1)).toEqual({ followError, retryInSeconds: HASTY.pauses.first });
  gateway.sandbox.astria.settle(id);
  await ended;
  expect(heard.get(`${id}`)?.at(-1)).toMatchObject({ status: 'SUCCEEDED', followError: null });
});

it('the results panel does not retry after Astria has rejected the key', async () => {
  const refused = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { 'x-astria-api-key': 'wrong' },
  });
  const { heard, ended } = follow(gatewayBy(refused), [String(running().id)]);
  await ended;
  expect([...heard.values()]).toEqual([
    [
      {
        followError: 'The prompt cannot be followed: Astria rejected the key. Send a valid one.',
        retryInSeconds: null,
      },
    ],
  ]);
  await refused.dispose();
});

it('a finished subscription leaves no listeners on a signal that lives on', async () => {
  const controller = aborting();
  const updates = gatewayBy(client).subscribe({ query: '{ __typename }' });
  for await (const { data } of untilAborted(updates, controller.signal)) expect(data).toBeTruthy();
  await pause(0.01, controller.signal);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

it('the results panel follows a replication and its items to the end', async () => {
  slowDown(gateway, 100);
  const seen = await updatesOf(gatewayBy(client), await startJob(gateway, 'followed'));
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.every(({ error }) => error === null)).toBe(true);
  expect(seen.at(-1)?.replication).toMatchObject({ status: 'COMPLETED', counts: { created: 30 } });
  const items = seen.at(-1)?.replication?.items;
  expect(items).toMatchObject({ totalCount: 30, pageInfo: { hasNextPage: false } });
  expect(items?.nodes[0]).toMatchObject({
    action: 'CREATE',
    status: 'CREATED',
    replica: { id: expect.any(String) },
  });
});

it('the results panel polls a replication to the end when no WebSocket connects', async () => {
  slowDown(gateway, 150);
  const seen = await updatesOf(await cutOff(), await startJob(gateway, 'asked again'));
  const statuses = seen.map(({ replication }) => replication?.status);
  expect(statuses.length).toBeGreaterThan(1);
  expect(statuses.slice(0, -1)).not.toContain('COMPLETED');
  expect(seen.at(-1)?.replication).toMatchObject({ status: 'COMPLETED', items: { totalCount: 30 } });
});

it('the results panel reports a missing replication, over a WebSocket and by polling', async () => {
  const missing = [{ replication: null, error: 'The replication does not exist.', retryInSeconds: null }];
  expect(await updatesOf(gatewayBy(client), 'none')).toEqual(missing);
  expect(await updatesOf(await cutOff(), 'none')).toEqual(missing);
});

/** Polling client that sends each request to the next gateway, and all later ones to the last. */
async function asking(gateways: TestGateway[]): Promise<Gateway> {
  const execute = (operation: Operation) => {
    const [now = gateway] = gateways.length > 1 ? gateways.splice(0, 1) : gateways;
    return gatewayBy(client, now).execute(operation);
  };
  return { ...(await cutOff()), execute };
}

async function stoppedGateway(): Promise<TestGateway> {
  const stopped = await startTestGateway();
  await stopped.close();
  return stopped;
}

it('the results panel keeps polling after errors and missing responses, with growing pauses', async () => {
  const tokens = new TokensOnDisk();
  await tokens.write({ name: 'reader', secret: 'pg_reader', scopes: ['read'] });
  const guarded = await startTestGateway({ env: { AUTH_TOKENS_FILE: tokens.file } });
  const asked = await asking([await stoppedGateway(), guarded, gateway]);
  const seen = await updatesOf(asked, await startJob(gateway, 'refused'));
  expect(seen.slice(0, 2)).toEqual([
    { replication: null, error: expect.stringMatching(/^No response: ./), retryInSeconds: 0.05 },
    { replication: null, error: expect.stringContaining('token'), retryInSeconds: 0.1 },
  ]);
  expect(seen.at(-1)).toMatchObject({
    replication: { status: 'COMPLETED' },
    error: null,
    retryInSeconds: null,
  });
  await guarded.close();
});

it('the results panel waits as long as a rate-limiting gateway asks for', async () => {
  const limited = await startTestGateway({ config: { rateLimits: { perAddress: 1, perPrincipal: null } } });
  const { errors } = await limited.graphql('{ __typename }').then(() => limited.graphql('{ __typename }'));
  const controller = new AbortController();
  const following = followReplication(
    await asking([limited]),
    {},
    { id: 'none', after: null, status: null },
    controller.signal,
  );
  const { value } = await following.next();
  expect(value).toEqual({
    replication: null,
    error: expect.stringContaining('Too many requests'),
    retryInSeconds: expect.any(Number),
  });
  expect(value?.retryInSeconds).toBeGreaterThan(15);
  expect(value?.retryInSeconds).toBeLessThanOrEqual(Number(errors?.[0]?.extensions.retryAfter));
  controller.abort();
  expect((await following.next()).done).toBe(true);
  await limited.close();
});
