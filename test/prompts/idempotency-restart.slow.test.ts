import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Deployment } from '../support/deployment.js';
import { until } from '../support/gateway.js';
import { head, rawClient } from '../support/raw-http.js';
import { CREATE, create, createFault, promptsWith, sent, TUNE } from './creating.js';

let keys = 0;
const newKey = () => {
  keys += 1;
  return `key ${keys}`;
};

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.open({ seed: 'library', settleMs: 60_000 });
});
afterEach(() => deployment.sandbox.clearFaults());
afterAll(() => deployment.close());

it('a prompt whose response was lost when the gateway was killed is found, and not created again', async () => {
  const killed = await deployment.start();
  deployment.sandbox.clearRequests();
  const faults = [
    { key: newKey(), kind: 'slow-body', delayMs: 5_000 },
    { key: newKey(), kind: 'drop-late', delayMs: 1_000 },
  ] as const;
  const lost: Promise<unknown>[] = [];
  for (const { key, kind, delayMs } of faults) {
    deployment.sandbox.addFault(createFault(kind, { delayMs }));
    lost.push(create(killed, { text: `a cat in a ${kind}` }, key).catch(() => null));
    await until(
      () => sent(killed),
      (count) => count === lost.length,
    );
  }
  await killed.kill();
  expect(await Promise.all(lost)).toEqual([null, null]);
  const next = await deployment.startHere();
  for (const { key, kind } of faults) {
    const text = `a cat in a ${kind}`;
    const again = await until(
      () => create(next, { text }, key),
      ({ id }) => id !== null,
    );
    expect(promptsWith(next, text)).toEqual([again.id]);
  }
  expect(sent(next)).toBe(faults.length);
  await next.stop();
});

it('a create request that begins while the gateway stops is recorded although its client disconnects', async () => {
  const key = newKey();
  const text = 'a late cat';
  const before = await deployment.startHere();
  deployment.sandbox.clearRequests();
  deployment.sandbox.addFault(createFault('slow-body', { delayMs: 1_500 }));
  const body = JSON.stringify({ query: CREATE, variables: { tuneId: TUNE, input: { text }, key } });
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  const client = await rawClient(before.url, head('POST /graphql', headers) + body.slice(0, 10));
  // The gateway has received the head by now.
  await before.graphql('{ __typename }');
  const stopping = before.stop();
  await until(
    () => rawClient(before.url).then(() => null, String),
    (error) => error !== null,
  );
  client.socket.write(body.slice(10));
  await until(
    () => sent(before),
    (count) => count === 1,
  );
  client.socket.destroy();
  await stopping;
  deployment.sandbox.clearRequests();
  const after = await deployment.startHere();
  expect(await create(after, { text }, key)).toEqual({
    id: promptsWith(after, text)[0],
    codes: [],
    errors: [],
  });
  // The id was on record, so the gateway did not search for the prompt.
  const paths = deployment.sandbox
    .requests({ upstream: 'astria' })
    .map(({ method, path }) => `${method} ${path}`);
  expect(paths.filter((each) => !each.startsWith('GET /prompts/'))).toEqual([]);
  await after.stop();
});

it('two gateways on one store create one prompt for an idempotency key', async () => {
  const key = newKey();
  const [one, two] = await Promise.all([deployment.start(), deployment.startHere()]);
  deployment.sandbox.clearRequests();
  deployment.sandbox.addFault(createFault('slow-body', { delayMs: 300 }));
  const results = await Promise.all(
    [one, two, one, two].map((each) => create(each, { text: 'shared' }, key)),
  );
  expect(new Set(results.map(({ id }) => id)).size).toBe(1);
  expect(sent(one)).toBe(1);
});

it('a gateway stops without waiting for another gateway that works on the same idempotency key', async () => {
  const key = newKey();
  const [one, two] = await Promise.all([deployment.startHere(), deployment.startHere()]);
  deployment.sandbox.clearRequests();
  deployment.sandbox.addFault(createFault('slow-body', { delayMs: 6_000 }));
  const first = create(one, { text: 'slow' }, key);
  await until(
    () => sent(one),
    (count) => count === 1,
  );
  const second = create(two, { text: 'slow' }, key);
  await pause(500);
  const begunAt = performance.now();
  await two.stop();
  expect(performance.now() - begunAt).toBeLessThan(3_000);
  expect(await second).toEqual({ id: null, codes: [], errors: ['STORE_UNAVAILABLE'] });
  const { id } = await first;
  expect(promptsWith(one, 'slow')).toEqual([id]);
  expect(await create(one, { text: 'slow' }, key)).toEqual({ id, codes: [], errors: [] });
  expect(sent(one)).toBe(1);
  await one.stop();
});
