import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PromptDocument } from '../__generated__/operations.js';
import { at, calls, startTestGateway, until } from '../support/gateway.js';
import type { RawUpstream } from '../support/raw-upstream.js';
import { type Reachable, startReachable, startReceiver } from './reachable.js';

let gateway: Reachable;
let receiver: RawUpstream;
// No prompt settles by itself.
const start = () => startReachable({ sandbox: { settleMs: 3_600_000 } });
beforeAll(async () => {
  gateway = await start();
  receiver = await startReceiver();
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
});

const post = (
  url: string,
  body = '{}',
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => fetch(url, { method: 'POST', body, headers });
const readsOf = (id: string) =>
  calls(gateway.sandbox, 'astria').filter((call) => call === `GET /prompts/${id}.json`).length;

/** Number of reads of prompts. The gateway reads prompts that are due together as a list. */
const reads = () => calls(gateway.sandbox, 'astria').filter((call) => call.startsWith('GET /prompts')).length;

/** Runs `action`, then waits until the gateway has read prompts again. */
async function untilRead<T>(action: () => Promise<T>): Promise<T> {
  const before = reads();
  const result = await action();
  await until(reads, (count) => count > before);
  return result;
}

describe('callback URL', () => {
  it('a callback URL is unique to its prompt and contains 256 random bits', async () => {
    const [one, two] = [await gateway.create(null), await gateway.create(null)].map(gateway.ownAddress);
    expect(one).toMatch(/\/webhooks\/astria\/prompts\/[0-9a-f-]{36}\/[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect(new URL(one ?? '').origin).toBe(gateway.url);
  });

  it('a callback URL gives the same 404 response for a wrong secret, a wrong id and the secret of another URL', async () => {
    const url = gateway.ownAddress(await gateway.create(null));
    const other = gateway.ownAddress(await gateway.create(null));
    const mixed = url.replace(/[^/]*$/, other.replace(/.*\//, ''));
    const wrong = [
      url.replace(/[^/]*$/, 'A'.repeat(43)),
      `${url}A`,
      url.slice(0, -1),
      url.replace(/[0-9a-f-]{36}/, '00000000-0000-4000-8000-000000000000'),
      mixed,
    ];
    const responses = await Promise.all(wrong.map((each) => post(each)));
    const bodies = await Promise.all(responses.map((response) => response.text()));
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(new Set(bodies).size).toBe(1);
    expect((await post(url)).status).toBe(204);
  });

  it('a callback URL accepts only POST', async () => {
    const url = gateway.ownAddress(await gateway.create(null));
    const statuses = await Promise.all(
      ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'].map(
        async (method) => (await fetch(url, { method })).status,
      ),
    );
    expect(statuses).toEqual([404, 404, 404, 404, 404]);
  });

  it('a callback URL rejects a body over 1 MiB with 413 and remains valid', async () => {
    const id = await gateway.create(receiver.url);
    const large = JSON.stringify({ id: Number(id), text: 'x'.repeat(1024 * 1024) });
    const { status } = await post(gateway.ownAddress(id), large);
    expect(status).toBe(413);
    gateway.sandbox.astria.settle(Number(id));
    await gateway.relayed(id, 'DELIVERED');
  });

  it('a callback URL is hidden when the gateway has no record of it', async () => {
    const hidden = await startTestGateway();
    for (const { graphql, sandbox } of [gateway, hidden])
      for (const host of [gateway.url, 'https://earlier.example.com/gateway']) {
        const callback = `${host}/webhooks/astria/prompts/00000000-0000-4000-8000-000000000000/${'A'.repeat(43)}`;
        const { id } = sandbox.astria.addPrompt({ callback });
        const { data } = await graphql(`{ prompt(id: "${id}") { callback callbackRelay { status } } }`);
        expect(at(data, 'prompt')).toEqual({ callback: null, callbackRelay: null });
      }
    await hidden.close();
  });

  it('a callback URL does not exist on a gateway without PUBLIC_URL', async () => {
    const hidden = await startTestGateway();
    const { data } = await hidden.graphql(
      'mutation { createPrompt(tuneId: "2690418", input: { text: "x", callback: "http://10.0.0.1/mine" }) { prompt { callback callbackRelay { status } } } }',
    );
    expect(at(data, 'createPrompt.prompt')).toEqual({
      callback: 'http://10.0.0.1/mine',
      callbackRelay: null,
    });
    const { status } = await post(`${hidden.url}/webhooks/astria/prompts/a/b`);
    expect(status).toBe(404);
    await hidden.close();
  });
});

describe('call of Astria', () => {
  // The gateway would read the prompts of earlier tests together with those of this one.
  beforeEach(async () => {
    await Promise.all([gateway.close(), receiver.close()]);
    [gateway, receiver] = await Promise.all([start(), startReceiver()]);
  });

  it.each([
    ['invalid JSON', '{"id": '],
    ['an empty body', ''],
    ['another shape', '[1, 2]'],
    ['false images', '{"id": ID, "images": ["https://evil.example/1.png"]}'],
    ['a false error under prompt', '{"prompt": {"id": ID, "user_error": "no"}}'],
    ['the id of another prompt', '{"id": 1}'],
  ])('a call of Astria with %s only makes the gateway read the prompt', async (_what, body) => {
    const id = await gateway.create(receiver.url);
    await until(
      () => readsOf(id),
      (reads) => reads > 0,
    );
    const before = readsOf(id);
    expect((await post(gateway.ownAddress(id), body.replace('ID', id))).status).toBe(204);
    await until(
      () => readsOf(id),
      (reads) => reads > before,
    );
    const { prompt } = await gateway.run(PromptDocument, { id });
    expect(prompt).toMatchObject({ status: 'RUNNING', images: [] });
    expect(at(await gateway.relay(id), 'status')).toBe('WAITING');
    expect(receiver.requests.filter(({ body }) => body.includes(id))).toEqual([]);
  });

  it('a call of Astria is accepted with any content type', async () => {
    const types = [
      'text/plain',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
      'application/xml',
    ];
    for (const type of types) {
      const url = gateway.ownAddress(await gateway.create(null));
      expect((await post(url, 'x', { 'content-type': type })).status).toBe(204);
    }
  });

  it('a call of Astria causes a read only the first time', async () => {
    const id = await gateway.create(receiver.url);
    const url = gateway.ownAddress(id);
    await until(
      () => readsOf(id),
      (reads) => reads > 0,
    );
    await until(
      () => readsOf(id),
      (count) => count > 0,
    );
    await untilRead(() => post(url));
    const known = readsOf(id);
    const rounds = 12;
    for (let round = 0; round < rounds; round += 1) {
      expect((await post(url)).status).toBe(204);
      // By the time that another prompt has been created and called, the gateway would have read this one.
      const other = await untilRead(() => gateway.create(receiver.url));
      await untilRead(() => post(gateway.ownAddress(other)));
    }
    // The gateway also polls, but with growing pauses. Twelve polls would outlast any test.
    expect(readsOf(id)).toBeLessThan(known + rounds);
  });

  it('a call of Astria causes no read when nobody follows the prompt', async () => {
    const id = await gateway.create(null);
    gateway.sandbox.clearRequests();
    await post(gateway.ownAddress(id), `{"id": ${id}}`);
    await gateway.create(null);
    expect(calls(gateway.sandbox, 'astria').filter((call) => call.startsWith('GET'))).toEqual([]);
  });

  it('a call of Astria does not make the GraphQL endpoint accept other content types', async () => {
    const response = await post(`${gateway.url}/graphql`, '{"query":"{ __typename }"}', {
      'content-type': 'text/plain',
    });
    expect(response.status).toBe(415);
  });
});

describe('secret of a callback URL', () => {
  it('the secret of a callback URL appears in no response and no log', async () => {
    const id = await gateway.create(null);
    const url = gateway.ownAddress(id);
    const secret = url.replace(/.*\//, '');
    await post(url);
    await post(`${url}x`);
    await post(url, 'x'.repeat(2 * 1024 * 1024));
    const { data } = await gateway.graphql(
      `{ prompt(id: "${id}") { callback callbackRelay { status } } prompts(first: 3) { nodes { callback } } }`,
    );
    expect(at(data, 'prompt')).toEqual({ callback: null, callbackRelay: null });
    expect(JSON.stringify(data)).not.toContain('webhooks/');
    expect(gateway.logLines.join('')).not.toContain(secret);
  });
});
