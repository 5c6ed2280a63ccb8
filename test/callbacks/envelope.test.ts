import { afterEach, describe, expect, it } from '@jest/globals';
import { Deployment } from '../support/deployment.js';
import { at, until } from '../support/gateway.js';
import { type RawUpstream, reply } from '../support/raw-upstream.js';
import { asking, bodiesOf, reachableEnv, startReachable, startReceiver } from './reachable.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function receive(status: () => number = () => 200): Promise<RawUpstream> {
  const receiver = await startReceiver((_request, response) => reply(response, status(), {}));
  opened.push(() => receiver.close());
  return receiver;
}

/** Failed deliveries are repeated without a long delay. */
const SOON = { callbackRetryMs: 20 };

const promptOf = (body: unknown, callbackBody: 'bare' | 'wrapped') =>
  callbackBody === 'wrapped' ? at(body, 'prompt') : body;

describe.each(['bare', 'wrapped'] as const)(
  'the relayed body when Astria calls with a %s prompt',
  (callbackBody) => {
    it('has the same form as the call of Astria', async () => {
      const gateway = await startReachable({ sandbox: { dialect: { callbackBody } } });
      opened.push(() => gateway.close());
      const receiver = await receive();
      const id = await gateway.create(receiver.url);
      await gateway.relayed(id, 'DELIVERED');
      const [body] = bodiesOf(receiver);
      expect(promptOf(body, callbackBody)).toMatchObject({
        id: Number(id),
        text: 'x',
        callback: receiver.url,
      });
      if (callbackBody === 'wrapped') expect(Object.keys(Object(body))).toEqual(['prompt']);
      expect(JSON.stringify(receiver.requests)).not.toContain('webhooks/astria');
    });

    it('keeps its form when the gateway restarts before the delivery', async () => {
      const deployment = await Deployment.open({
        seed: 'library',
        settleMs: 3_600_000,
        dialect: { callbackBody },
      });
      opened.push(() => deployment.close());
      let status = 500;
      const receiver = await receive(() => status);
      const first = await deployment.startHere(await reachableEnv(), SOON);
      const id = await asking(first).create(receiver.url);
      deployment.sandbox.astria.settle(Number(id));
      await until(
        () => asking(first).relay(id),
        (relay) => at(relay, 'attempts.0') !== undefined,
      );
      await first.close();
      status = 200;
      const next = await deployment.startHere(await reachableEnv(), SOON);
      await asking(next).relayed(id, 'DELIVERED');
      const bodies = bodiesOf(receiver);
      expect(bodies.length).toBeGreaterThan(1);
      for (const body of bodies) expect(promptOf(body, callbackBody)).toMatchObject({ id: Number(id) });
    });
  },
);

it('the relayed body is the bare prompt when Astria never calls', async () => {
  const gateway = await startReachable({
    sandbox: { dialect: { callbackBody: 'wrapped' }, settleMs: 3_600_000 },
  });
  opened.push(() => gateway.close());
  const receiver = await receive();
  const id = await gateway.create(receiver.url);
  const prompt = gateway.sandbox.astria.prompts.get(Number(id));
  if (prompt) prompt.images = ['https://images.example.com/1.png'];
  await gateway.relayed(id, 'DELIVERED');
  expect(bodiesOf(receiver)).toMatchObject([{ id: Number(id) }]);
});
