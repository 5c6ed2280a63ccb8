import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Answer, Gateway, Operation } from '../../playground/gateway/gateway.js';
import { followPrompts, type LivePrompt } from '../../playground/results/follow-prompts.js';
import { followReplication, type Sighting } from '../../playground/results/follow-replication.js';
import { type TestGateway, until } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { slowDown, startJob, startStreamingGateway, subscriptionsUnderWay } from '../support/streams.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await startStreamingGateway();
  client = connect(gateway.url);
});
beforeEach(() => gateway.sandbox.clearFaults());
afterAll(async () => {
  await client.dispose();
  await gateway.close();
});

const connect = (url: string) =>
  createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });

/** The page's way to the gateway, as far as it works outside of a browser. */
function gatewayBy(sockets: Client): Gateway {
  const request = ({ query, variables = {} }: Operation) => ({ query, variables: { ...variables } });
  return {
    execute: ({ query, variables }) =>
      gateway.graphql(query, { ...variables }) as Promise<object> as Promise<Answer>,
    subscribe: (operation) => sockets.iterate(request(operation)) as AsyncIterableIterator<Answer>,
  };
}

/** Node warns of more listeners than ten; each prompt that is followed has one. */
function aborting(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

const running = () => gateway.sandbox.astria.addPrompt({ text: 'a cat', images: null });

async function sightings(from: Gateway, id: string, signal = new AbortController().signal) {
  const seen: Sighting[] = [];
  const page = { id, after: null, status: null };
  for await (const sighting of followReplication(from, {}, page, signal)) seen.push(sighting);
  return seen;
}

it('follows prompts to their end, 20 at once and the others afterwards', async () => {
  const prompts = Array.from({ length: 25 }, running);
  const ids = prompts.map(({ id }) => String(id));
  const heard = new Map<string, LivePrompt>();
  const { signal } = aborting();
  const following = followPrompts(gatewayBy(client), {}, ids, signal, (id, live) => heard.set(id, live));
  await until(
    () => heard.size,
    (size) => size === 20,
  );
  expect(subscriptionsUnderWay(gateway)).toBe(20);
  expect([...heard.keys()].sort()).toEqual(ids.slice(0, 20).sort());
  for (const { id } of prompts) gateway.sandbox.astria.settle(id);
  await following;
  expect([...heard.keys()].sort()).toEqual([...ids].sort());
  for (const live of heard.values()) {
    expect(live).toMatchObject({ status: 'SUCCEEDED', text: 'a cat' });
    expect(live.images?.length).toBeGreaterThan(0);
  }
  expect(subscriptionsUnderWay(gateway)).toBe(0);
});

it('stops at once when it is told to, and begins with none of those that wait', async () => {
  const ids = Array.from({ length: 25 }, () => String(running().id));
  const controller = aborting();
  const begun = () => gateway.logLines.filter((line) => line.includes('subscription began')).length;
  const before = begun();
  const heard = new Set<string>();
  const following = followPrompts(gatewayBy(client), {}, ids, controller.signal, (id) => heard.add(id));
  await until(
    () => heard.size,
    (size) => size === 20,
  );
  controller.abort();
  await following;
  await until(
    () => subscriptionsUnderWay(gateway),
    (count) => count === 0,
  );
  expect(begun() - before).toBe(20);
});

it('tells of a prompt that is not there, and of a gateway that cannot be reached', async () => {
  const heard: [string, LivePrompt][] = [];
  const { signal } = new AbortController();
  await followPrompts(gatewayBy(client), {}, ['1'], signal, (...told) => heard.push(told));
  const nobody = connect(`http://127.0.0.1:${await freePort()}`);
  await followPrompts(gatewayBy(nobody), {}, ['2'], signal, (...told) => heard.push(told));
  expect(heard).toEqual([
    ['1', { fault: 'There is no such prompt any more.' }],
    ['2', { fault: expect.stringMatching(/^It cannot be followed: ./) }],
  ]);
});

it('follows a replication to its end, with its items', async () => {
  slowDown(gateway, 100);
  const seen = await sightings(gatewayBy(client), await startJob(gateway, 'followed'));
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.every(({ fault }) => fault === null)).toBe(true);
  expect(seen.at(-1)?.replication).toMatchObject({ status: 'COMPLETED', counts: { created: 30 } });
  const items = seen.at(-1)?.replication?.items;
  expect(items).toMatchObject({ totalCount: 30, pageInfo: { hasNextPage: false } });
  expect(items?.nodes[0]).toMatchObject({
    action: 'CREATE',
    status: 'CREATED',
    replica: { id: expect.any(String) },
  });
});

it('asks again until the end where no WebSocket comes through', async () => {
  slowDown(gateway, 150);
  const nobody = connect(`http://127.0.0.1:${await freePort()}`);
  const seen = await sightings(gatewayBy(nobody), await startJob(gateway, 'asked again'));
  const statuses = seen.map(({ replication }) => replication?.status);
  expect(statuses.length).toBeGreaterThan(1);
  expect(statuses.slice(0, -1)).not.toContain('COMPLETED');
  expect(seen.at(-1)?.replication).toMatchObject({ status: 'COMPLETED', items: { totalCount: 30 } });
});

it('says so where there is no such replication, by either way', async () => {
  const nobody = connect(`http://127.0.0.1:${await freePort()}`);
  const missing = [{ replication: null, fault: 'There is no such replication.' }];
  expect(await sightings(gatewayBy(client), 'none')).toEqual(missing);
  expect(await sightings(gatewayBy(nobody), 'none')).toEqual(missing);
});
