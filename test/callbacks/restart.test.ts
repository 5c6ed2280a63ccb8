import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { at, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawUpstream, reply } from '../support/raw-upstream.js';
import { type KillableGateway, Premises } from '../support/restartable.js';
import { asking, bodiesOf, startReceiver } from './reachable.js';

const OTHER = { 'x-astria-api-key': 'sd_sandbox_other' };
let premises: Premises;
let receiver: RawUpstream;
let status = 200;
beforeEach(async () => {
  premises = await Premises.open({ seed: 'library', settleMs: 3_600_000 });
  status = 200;
  receiver = await startReceiver((_request, response) => reply(response, status, {}));
});
afterEach(async () => {
  await premises.close();
  await receiver.close();
});

const start = async (env: Record<string, string> = {}): Promise<KillableGateway> => {
  const publicUrl = await refusingUrl();
  return premises.start({
    PORT: new URL(publicUrl).port,
    PUBLIC_URL: publicUrl,
    ALLOW_PRIVATE_CALLBACKS: 'true',
    ...env,
  });
};
const posts = (count: number) =>
  until(
    () => receiver.requests.length,
    (made) => made === count,
  );

describe('after a kill', () => {
  it('a prompt that has not settled goes on being waited for', async () => {
    const killed = await start();
    const id = await asking(killed).create(receiver.url);
    await killed.kill();
    // Astria calls in vain.
    premises.sandbox.astria.settle(Number(id));
    const next = await start();
    await asking(next).relayed(id, 'DELIVERED');
    expect(at(bodiesOf(receiver)[0], 'callback')).toBe(receiver.url);
  });

  it('a call that is to be repeated is repeated', async () => {
    status = 500;
    const killed = await start();
    const id = await asking(killed).create(receiver.url);
    premises.sandbox.astria.settle(Number(id));
    await posts(1);
    await until(
      () => asking(killed).relay(id),
      (relay) => at(relay, 'attempts.0') !== undefined,
    );
    await killed.kill();
    status = 200;
    const next = await start();
    const relay = await asking(next).relayed(id, 'DELIVERED');
    expect(at(relay, 'attempts')).toMatchObject([{ status: 500 }, { status: 200 }]);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('that of a caller with a key of its own goes on once the caller comes again', async () => {
    const { id: tune } = premises.sandbox.astria.addTune({ owner: 'other' });
    const killed = await start();
    const create = `mutation { createPrompt(tuneId: "${tune}", input: { text: "x", callback: "${receiver.url}" }) { prompt { id } } }`;
    const { data } = await killed.graphql(create, {}, OTHER);
    const id = String(at(data, 'createPrompt.prompt.id'));
    await killed.kill();
    premises.sandbox.astria.settle(Number(id));
    const next = await start();
    expect(at(await asking(next).relay(id, OTHER), 'status')).toBe('WAITING');
    await posts(1);
  });

  it('and without PUBLIC_URL what was promised is kept, and no secret shown', async () => {
    const killed = await start();
    const { astria } = premises.sandbox;
    const [settled, called] = [
      await asking(killed).create(receiver.url),
      await asking(killed).create(receiver.url),
    ];
    const address = new URL(asking(killed).ownAddress(called));
    await killed.kill();
    astria.settle(Number(settled));
    const next = await premises.start({ ALLOW_PRIVATE_CALLBACKS: 'true' });
    await asking(next).relayed(settled, 'DELIVERED');
    const { data } = await next.graphql(`{ prompt(id: "${called}") { callback callbackRelay { status } } }`);
    expect(at(data, 'prompt')).toEqual({ callback: receiver.url, callbackRelay: { status: 'WAITING' } });
    astria.settle(Number(called));
    // What leads to the earlier address may lead to this process as well.
    const answer = await fetch(`${next.url}${address.pathname}`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(204);
    await asking(next).relayed(called, 'DELIVERED');
    const id = await asking(next).create(receiver.url);
    expect(asking(next).ownAddress(id)).toBe(receiver.url);
    expect(await asking(next).relay(id)).toBeNull();
  });

  it('another process that lives on takes over', async () => {
    const killed = await start();
    const heir = await start();
    const id = await asking(killed).create(receiver.url);
    await killed.kill();
    premises.sandbox.astria.settle(Number(id));
    await asking(heir).relayed(id, 'DELIVERED');
    await posts(1);
  });

  it('the store has the hash of the secret, not the secret', async () => {
    const gateway = await start();
    const id = await asking(gateway).create(null);
    const secret = asking(gateway).ownAddress(id).replace(/.*\//, '');
    const hash = createHash('sha256').update(secret).digest('base64url');
    expect(await premises.filesWith(secret)).toEqual([]);
    expect(await premises.filesWith(hash)).not.toEqual([]);
  });
});

describe('two processes', () => {
  it('do not relay the same prompt both', async () => {
    const one = await start();
    const two = await start();
    const ids: string[] = [];
    for (const gateway of [one, two, one, two]) ids.push(await asking(gateway).create(receiver.url));
    for (const id of ids) premises.sandbox.astria.settle(Number(id));
    for (const id of ids) await asking(two).relayed(id, 'DELIVERED');
    expect(
      bodiesOf(receiver)
        .map((body) => String(at(body, 'id')))
        .sort(),
    ).toEqual(ids.sort());
  });

  it('tell each other of a call that the one has taken for the other', async () => {
    const one = await start();
    const two = await start();
    const id = await asking(one).create(receiver.url);
    const { prompts } = premises.sandbox.astria;
    const address = new URL(asking(one).ownAddress(id));
    const prompt = prompts.get(Number(id));
    // Astria's own call goes to a place where nobody is.
    if (prompt) prompt.callback = await refusingUrl();
    premises.sandbox.astria.settle(Number(id));
    const answer = await fetch(`${two.url}${address.pathname}`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(204);
    await posts(1);
  });
});
