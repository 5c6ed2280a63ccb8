import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { describeReachable, startReceiver } from '../callbacks/reachable.js';
import { at } from '../support/gateway.js';
import type { RawUpstream } from '../support/raw-upstream.js';

const gateway = describeReachable({ sandbox: { settleMs: 3_600_000 } });
let receiver: RawUpstream;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterEach(() => gateway.sandbox.reset());
afterAll(() => receiver.close());

const respondWith = (path: string, body: unknown) =>
  gateway.sandbox.addFault({ upstream: 'astria', path, kind: 'status', status: 200, body });

describe('prompt with values that the schema lacks', () => {
  const row = {
    id: 3,
    tune_id: 1,
    text: 'three',
    scheduler: 'unipc',
    style: 'Oil',
    video_model: 'seedance2',
  };

  it('a prompt with values that the schema lacks has null in the enum fields, no error, and everything in attributes', async () => {
    respondWith('/prompts', [row, { ...row, id: 2 }]);
    const { data, errors } = await gateway.graphql(
      '{ prompts(first: 2) { nodes { id scheduler style text attributes } } }',
    );
    expect(errors).toBeUndefined();
    const rest = { scheduler: null, style: null, text: 'three' };
    expect(at(data, 'prompts.nodes')).toEqual([
      { id: '3', ...rest, attributes: row },
      { id: '2', ...rest, attributes: { ...row, id: 2 } },
    ]);
  });
});

it('a prompt without a tune has a null tune and does not affect the other prompts of its list', async () => {
  respondWith('/prompts', [
    { id: 3, tune_id: null, text: null, negative_prompt: null, callback: null },
    { id: 2, tune_id: 1, text: 'two' },
  ]);
  const { data, errors } = await gateway.graphql(
    '{ prompts(first: 2) { nodes { id text negativePrompt callback tune { id } } } }',
  );
  expect(errors).toBeUndefined();
  expect(at(data, 'prompts.nodes')).toEqual([
    { id: '3', text: null, negativePrompt: null, callback: null, tune: null },
    { id: '2', text: 'two', negativePrompt: null, callback: null, tune: { id: '1' } },
  ]);
});

describe('attributes of a prompt that calls the gateway back', () => {
  const attributes = async (id: string | number, headers?: Record<string, string>) => {
    const { data, errors } = await gateway.graphql(`{ prompt(id: "${id}") { attributes } }`, {}, headers);
    expect(errors).toBeUndefined();
    return at(data, 'prompt.attributes');
  };

  it('the attributes of a prompt that calls the gateway back show the URL of the caller in place of that of the gateway', async () => {
    const target = `${receiver.url}/mine`;
    const id = await gateway.create(target);
    const own = gateway.ownAddress(id);
    const prompt = gateway.sandbox.astria.prompts.get(Number(id));
    if (prompt) prompt.user_error = `could not call ${own}`;
    expect(await attributes(id)).toMatchObject({
      callback: target,
      user_error: `could not call ${target}`,
      text: 'x',
    });
  });

  it('the attributes of a prompt that calls the gateway back show no URL of the gateway to a caller who has set none', async () => {
    const id = await gateway.create(null);
    expect(gateway.ownAddress(id)).toContain('/webhooks/');
    expect(await attributes(id)).toMatchObject({ callback: null });
  });

  it('the attributes of a prompt that calls the gateway back show no secret to another account', async () => {
    const id = await gateway.create(`${receiver.url}/mine`);
    const stolen = gateway.sandbox.astria.addPrompt({ owner: 'other', callback: gateway.ownAddress(id) });
    const shown = await attributes(stolen.id, { 'x-astria-api-key': 'sd_sandbox_other' });
    expect(shown).toMatchObject({ callback: null });
    expect(JSON.stringify(shown)).not.toContain('mine');
  });
});
