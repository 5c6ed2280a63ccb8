import { afterEach, describe, expect, it } from '@jest/globals';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { at, calls, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawUpstream, reply } from '../support/raw-upstream.js';
import { bodiesOf, describeReachable, startReachable, startReceiver, TUNE } from './reachable.js';

const OTHER = { 'x-astria-api-key': 'sd_sandbox_other' };
const gateway = describeReachable();
let receiver: RawUpstream | null = null;
afterEach(async () => {
  await receiver?.close();
  receiver = null;
});

describe('callback relay', () => {
  it('a callback relay posts the prompt of Astria with the callback URL of the caller', async () => {
    receiver = await startReceiver();
    const target = `${receiver.url}/hook?a=1`;
    // Consecutive ids use both body shapes of the sandbox.
    const ids = [await gateway.create(target), await gateway.create(target)];
    for (const id of ids) {
      const relay = await gateway.relayed(id, 'DELIVERED');
      expect(relay).toEqual({
        status: 'DELIVERED',
        attempts: [{ at: expect.stringMatching(/^\d{4}-.*Z$/), status: 200, error: null }],
        nextAttemptAt: null,
      });
    }
    expect(new Set(ids.map((id) => Number(id) % 2)).size).toBe(2);
    const bodies = bodiesOf(receiver);
    expect(bodies).toHaveLength(2);
    for (const body of bodies) {
      const id = String(at(body, 'id'));
      expect(ids).toContain(id);
      expect(body).toMatchObject({ tune_id: Number(TUNE), text: 'x', callback: target, user_error: null });
      expect(at(body, 'images')).toHaveLength(4);
    }
    const { method, target: path, headers } = receiver.requests[0] ?? { headers: {} };
    expect([method, path]).toEqual(['POST', '/hook?a=1']);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Promptgate' });
    expect(new Set(receiver.requests.map((each) => each.headers['webhook-id'])).size).toBe(2);
    expect(JSON.stringify(receiver.requests)).not.toContain('webhooks/astria');
  });

  it('a callback relay posts a failed prompt too', async () => {
    receiver = await startReceiver();
    const input = { text: '[fail]', callback: receiver.url };
    const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId: TUNE, input });
    await gateway.relayed(createPrompt?.prompt?.id ?? '', 'DELIVERED');
    expect(at(bodiesOf(receiver)[0], 'user_error')).toMatch(/fail/);
  });

  it('a callback relay shows the URL of the caller instead of the callback URL', async () => {
    receiver = await startReceiver();
    const target = `${receiver.url}/mine`;
    const id = await gateway.create(target);
    const { data } = await gateway.graphql(`{ prompt(id: "${id}") { callback } }`);
    expect(at(data, 'prompt.callback')).toBe(target);
    expect(gateway.ownAddress(id)).toContain('/webhooks/');
  });

  it('a callback relay does not change the callback of a prompt that was created elsewhere', async () => {
    const callback = 'https://example.com/webhooks/hook';
    const { id } = gateway.sandbox.astria.addPrompt({ callback });
    const { data } = await gateway.graphql(`{ prompt(id: "${id}") { callback callbackRelay { status } } }`);
    expect(at(data, 'prompt')).toEqual({ callback, callbackRelay: null });
  });

  it('a callback relay is invisible to another account, even for a prompt with the same URL', async () => {
    receiver = await startReceiver();
    const id = await gateway.create(receiver.url);
    expect(await gateway.relay(id, OTHER)).toBeUndefined();
    const stolen = gateway.sandbox.astria.addPrompt({ owner: 'other', callback: gateway.ownAddress(id) });
    const query = `{ prompt(id: "${stolen.id}") { callback callbackRelay { status } } }`;
    const { data } = await gateway.graphql(query, {}, OTHER);
    expect(at(data, 'prompt')).toEqual({ callback: null, callbackRelay: null });
    await gateway.relayed(id, 'DELIVERED');
  });

  it('a callback relay gives a duplicate another URL for the same target', async () => {
    receiver = await startReceiver();
    const target = `${receiver.url}/twice`;
    const id = await gateway.create(target);
    await gateway.relayed(id, 'DELIVERED');
    const { data } = await gateway.graphql(
      `mutation { duplicatePrompt(id: "${id}") { prompt { id callback } } }`,
    );
    const copy = String(at(data, 'duplicatePrompt.prompt.id'));
    expect(at(data, 'duplicatePrompt.prompt.callback')).toBe(target);
    expect(gateway.ownAddress(copy)).not.toBe(gateway.ownAddress(id));
    await gateway.relayed(copy, 'DELIVERED');
  });
});

describe('delivery that fails', () => {
  it('a delivery that fails is repeated with the same id until it succeeds, and every attempt is shown', async () => {
    receiver = await startReceiver((_request, response, index) => {
      if (index === 0) reply(response, 500, { error: 'x' });
      else if (index === 1) response.destroy();
      else reply(response, 201, {});
    });
    const id = await gateway.create(receiver.url);
    const relay = await gateway.relayed(id, 'DELIVERED');
    expect(at(relay, 'attempts')).toMatchObject([
      { status: 500, error: 'The receiver responded with status 500.' },
      { status: null, error: 'The connection failed.' },
      { status: 201, error: null },
    ]);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    // The log contains neither URL, because both may contain a secret.
    expect(gateway.logLines.join('')).toContain('Callback delivery failed.');
    expect(gateway.logLines.join('')).not.toMatch(/webhooks|127\.0\.0\.1/);
  });

  it('a delivery that fails is given up after twelve attempts', async () => {
    const fast = await startReachable({ config: { callbackRetryMs: 1 } });
    try {
      const id = await fast.create(await refusingUrl());
      const relay = await fast.relayed(id, 'FAILED');
      expect(at(relay, 'attempts')).toHaveLength(12);
      expect(at(relay, 'attempts.11')).toMatchObject({ status: null, error: 'The connection was refused.' });
      expect(at(relay, 'nextAttemptAt')).toBeNull();
    } finally {
      await fast.close();
    }
  });

  it('a delivery that fails shows the time of its next attempt', async () => {
    const slow = await startReachable({ config: { callbackRetryMs: 60_000 } });
    receiver = await startReceiver((_request, response) => reply(response, 503, {}));
    try {
      const id = await slow.create(receiver.url);
      const relay = await until(
        () => slow.relay(id),
        (found) => at(found, 'attempts.0') !== undefined,
      );
      expect(at(relay, 'status')).toBe('PENDING');
      const inMs = Date.parse(String(at(relay, 'nextAttemptAt'))) - Date.now();
      expect(inMs).toBeGreaterThan(50_000);
      expect(inMs).toBeLessThan(75_001);
    } finally {
      await slow.close();
    }
  });

  it('a delivery that fails is not repeated when the receiver responds with 410', async () => {
    receiver = await startReceiver((_request, response) => reply(response, 410, {}));
    const id = await gateway.create(receiver.url);
    expect(at(await gateway.relayed(id, 'FAILED'), 'attempts')).toMatchObject([{ status: 410 }]);
  });
});

describe('callback that comes before the prompt is known', () => {
  it('a callback that comes before the prompt is known is delivered when the response to the create request is lost', async () => {
    const hasty = await startReachable({
      sandbox: { settleMs: 500 },
      env: { LOST_RESPONSE_TIMEOUT_MS: '0' },
    });
    receiver = await startReceiver();
    const { sandbox } = hasty;
    sandbox.addFault({ upstream: 'astria', kind: '504-after', method: 'POST', path: '/tunes/*/prompts' });
    sandbox.addFault({ upstream: 'astria', kind: '500', method: 'GET', path: '/tunes/*/prompts', times: 0 });
    try {
      await expect(hasty.create(receiver.url)).rejects.toThrow(/OUTCOME_UNKNOWN/);
      await until(
        () => receiver?.requests.length ?? 0,
        (count) => count === 1,
      );
      const id = String(at(bodiesOf(receiver)[0], 'id'));
      await hasty.relayed(id, 'DELIVERED');
    } finally {
      await hasty.close();
    }
  });

  it('a callback that comes before the prompt is known is ignored when it names another prompt', async () => {
    const hasty = await startReachable({
      sandbox: { settleMs: 3_600_000 },
      env: { LOST_RESPONSE_TIMEOUT_MS: '0' },
    });
    receiver = await startReceiver();
    const { sandbox } = hasty;
    sandbox.addFault({ upstream: 'astria', kind: '504-after', method: 'POST', path: '/tunes/*/prompts' });
    sandbox.addFault({ upstream: 'astria', kind: '500', method: 'GET', path: '/tunes/*/prompts', times: 0 });
    try {
      await expect(hasty.create(receiver.url)).rejects.toThrow(/OUTCOME_UNKNOWN/);
      const lost = [...sandbox.astria.prompts.values()].find(({ callback }) => callback?.includes(hasty.url));
      const settled = sandbox.astria.addPrompt({ callback: 'https://example.com/' });
      const body = JSON.stringify({ id: settled.id });
      expect((await fetch(lost?.callback ?? '', { method: 'POST', body })).status).toBe(204);
      await until(
        () => calls(sandbox, 'astria'),
        (made) => made.includes(`GET /prompts/${settled.id}.json`),
      );
      expect(await hasty.relay(String(settled.id))).toBeNull();
      expect(receiver.requests).toEqual([]);
    } finally {
      await hasty.close();
    }
  });
});
