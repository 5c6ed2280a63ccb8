import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { Deployment, type KillableGateway } from '../support/deployment.js';
import { at, type TestGateway, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawUpstream, reply } from '../support/raw-upstream.js';
import { asking, bodiesOf, reachableEnv, startReceiver } from './reachable.js';

const OTHER = { 'x-astria-api-key': 'sd_sandbox_other' };
const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
});

async function open(): Promise<Deployment> {
  const deployment = await Deployment.open({ seed: 'library', settleMs: 3_600_000 });
  opened.push(() => deployment.close());
  return deployment;
}

/** Starts a receiver of callbacks that responds with the current status. */
async function receive(status = () => 200): Promise<RawUpstream> {
  const receiver = await startReceiver((_request, response) => reply(response, status(), {}));
  opened.push(() => receiver.close());
  return receiver;
}

const posts = ({ requests }: RawUpstream, count: number) =>
  until(
    () => requests.length,
    (made) => made === count,
  );

/** Creates prompts at a gateway, kills it and starts another one. */
async function leaveBehind() {
  const deployment = await open();
  const { astria } = deployment.sandbox;
  const { id: tune } = astria.addTune({ owner: 'other' });
  const killed = await deployment.start(await reachableEnv());
  const create = async (receiver: RawUpstream) => ({
    id: await asking(killed).create(receiver.url),
    receiver,
  });
  const waiting = await create(await receive());
  let status = 500;
  const repeated = await create(await receive(() => status));
  const receiver = await receive();
  const variables = { tuneId: String(tune), input: { text: 'x', callback: receiver.url } };
  const { createPrompt } = await killed.run(CreatePromptDocument, variables, OTHER);
  const others = { id: createPrompt?.prompt?.id ?? '', receiver };
  astria.settle(Number(repeated.id));
  await until(
    () => asking(killed).relay(repeated.id),
    (relay) => at(relay, 'attempts.0') !== undefined,
  );
  await killed.kill();
  status = 200;
  // The calls of Astria reach no gateway.
  for (const { id } of [waiting, others]) astria.settle(Number(id));
  return { next: await deployment.startHere(await reachableEnv()), waiting, repeated, others };
}

let left: ReturnType<typeof leaveBehind>;
beforeAll(() => {
  // A delivery is repeated after five seconds, while other tests run.
  left = leaveBehind();
  left.catch(() => {});
});

describe('two processes', () => {
  let deployment: Deployment;
  let one: KillableGateway;
  let two: TestGateway;
  beforeAll(async () => {
    deployment = await open();
    one = await deployment.start(await reachableEnv());
    two = await deployment.startHere(await reachableEnv());
  });

  it('two processes deliver each callback only once', async () => {
    const receiver = await receive();
    const ids: string[] = [];
    for (const gateway of [one, two, one, two]) ids.push(await asking(gateway).create(receiver.url));
    for (const id of ids) deployment.sandbox.astria.settle(Number(id));
    for (const id of ids) await asking(two).relayed(id, 'DELIVERED');
    expect(
      bodiesOf(receiver)
        .map((body) => String(at(body, 'id')))
        .sort(),
    ).toEqual(ids.sort());
  });

  it('two processes inform each other of a call that one has received for the other', async () => {
    const receiver = await receive();
    const id = await asking(one).create(receiver.url);
    const { prompts } = deployment.sandbox.astria;
    const webhook = new URL(asking(one).ownAddress(id));
    const prompt = prompts.get(Number(id));
    // Makes Astria's own call fail.
    if (prompt) prompt.callback = await refusingUrl();
    deployment.sandbox.astria.settle(Number(id));
    const response = await fetch(`${two.url}${webhook.pathname}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(204);
    await posts(receiver, 1);
  });

  it('two processes take over the pending callbacks of a killed process', async () => {
    const receiver = await receive();
    const id = await asking(one).create(receiver.url);
    await one.kill();
    deployment.sandbox.astria.settle(Number(id));
    await asking(two).relayed(id, 'DELIVERED');
    await posts(receiver, 1);
  });
});

describe('after a kill', () => {
  it('the gateway still waits for a prompt that has not settled', async () => {
    const { next, waiting } = await left;
    await asking(next).relayed(waiting.id, 'DELIVERED');
    expect(at(bodiesOf(waiting.receiver)[0], 'callback')).toBe(waiting.receiver.url);
  });

  it('the callback of a caller with another key continues when the caller sends a request', async () => {
    const { next, others } = await left;
    expect(others.receiver.requests).toEqual([]);
    expect(at(await asking(next).relay(others.id, OTHER), 'status')).toBe('WAITING');
    await posts(others.receiver, 1);
  });

  it('a failed delivery is repeated', async () => {
    const { next, repeated } = await left;
    const relay = await asking(next).relayed(repeated.id, 'DELIVERED');
    expect(at(relay, 'attempts')).toMatchObject([{ status: 500 }, { status: 200 }]);
    const webhooks = repeated.receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect([webhooks.length, new Set(webhooks).size]).toEqual([2, 1]);
  });
});

describe('without PUBLIC_URL', () => {
  it('a gateway delivers the callbacks from before a kill and shows no secret', async () => {
    const deployment = await open();
    const receiver = await receive();
    const killed = await deployment.start(await reachableEnv());
    const { astria } = deployment.sandbox;
    const [settled, called] = [
      await asking(killed).create(receiver.url),
      await asking(killed).create(receiver.url),
    ];
    const webhook = new URL(asking(killed).ownAddress(called));
    await killed.kill();
    astria.settle(Number(settled));
    const next = await deployment.startHere({ ALLOW_PRIVATE_CALLBACKS: 'true' });
    await asking(next).relayed(settled, 'DELIVERED');
    const { data } = await next.graphql(`{ prompt(id: "${called}") { callback callbackRelay { status } } }`);
    expect(at(data, 'prompt')).toEqual({ callback: receiver.url, callbackRelay: { status: 'WAITING' } });
    astria.settle(Number(called));
    // The earlier URL may lead to this process too.
    const response = await fetch(`${next.url}${webhook.pathname}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(204);
    await asking(next).relayed(called, 'DELIVERED');
    const id = await asking(next).create(receiver.url);
    expect(asking(next).ownAddress(id)).toBe(receiver.url);
    expect(await asking(next).relay(id)).toBeNull();
  });
});

it('the store contains the hash of a callback secret, and not the secret', async () => {
  const deployment = await open();
  const gateway = await deployment.startHere(await reachableEnv());
  const id = await asking(gateway).create(null);
  const secret = asking(gateway).ownAddress(id).replace(/.*\//, '');
  const hash = createHash('sha256').update(secret).digest('base64url');
  expect(await deployment.filesWith(secret)).toEqual([]);
  expect(await deployment.filesWith(hash)).not.toEqual([]);
});
