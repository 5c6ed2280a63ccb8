import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, type TestGateway } from '../support/gateway.js';
import { Premises } from '../support/restartable.js';

const REPLICATE = `mutation ($model: String!, $key: String, $selection: PromptSelectionInput, $awaitSeconds: Int, $dryRun: Boolean) {
  replicatePrompts(targetModel: $model, idempotencyKey: $key, selection: $selection, awaitSeconds: $awaitSeconds, dryRun: $dryRun) {
    replication { id status counts { total created skipped } } userErrors { code field }
  }
}`;

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  for (let n = 0; n < 10; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});
afterEach(() => gateway.sandbox.reset());

async function replicate(
  on: Pick<TestGateway, 'graphql'>,
  variables: Record<string, unknown>,
  headers: Record<string, string> = {},
) {
  const { data, errors } = await on.graphql(
    REPLICATE,
    { model: 'gpt-5', awaitSeconds: 30, ...variables },
    headers,
  );
  expect(errors).toBeUndefined();
  return at(data, 'replicatePrompts');
}

const idOf = (payload: unknown) => String(at(payload, 'replication.id'));

describe('the same key', () => {
  it('gives the same job, as it is by then', async () => {
    const first = await replicate(gateway, { key: 'one', awaitSeconds: 0 });
    const again = await replicate(gateway, { key: 'one' });
    expect(idOf(again)).toBe(idOf(first));
    expect(again).toMatchObject({ replication: { status: 'COMPLETED', counts: { total: 10, created: 10 } } });
  });

  it('gives the same job to all who ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => replicate(gateway, { key: 'at once' })));
    expect(new Set(all.map(idOf)).size).toBe(1);
    expect(gateway.sandbox.requests({ upstream: 'portkey', method: 'POST' })).toHaveLength(10);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another model', { model: 'gpt-6' }],
    ['another selection', { selection: { search: 'p1' } }],
    ['a dry run', { dryRun: true }],
  ])('with %s is a conflict', async (what, other) => {
    await replicate(gateway, { key: what });
    expect(await replicate(gateway, { key: what, ...other })).toEqual({
      replication: null,
      userErrors: [{ code: 'CONFLICT', field: ['idempotencyKey'] }],
    });
  });

  it('is free after a fault of the request', async () => {
    const faulty = await replicate(gateway, { key: 'faulty', selection: { ids: ['no-such-prompt'] } });
    expect(faulty).toMatchObject({ replication: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await replicate(gateway, { key: 'faulty' })).toMatchObject({
      replication: { status: 'COMPLETED' },
    });
  });

  it('of another account is another one', async () => {
    const first = await replicate(gateway, { key: 'shared' });
    gateway.sandbox.portkey.addPrompt({ name: 'theirs', owner: 'other' });
    const second = await replicate(gateway, { key: 'shared' }, { 'x-portkey-api-key': 'pk-sandbox-other' });
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('that is empty is refused', async () => {
    expect(await replicate(gateway, { key: '' })).toEqual({
      replication: null,
      userErrors: [{ code: 'INVALID', field: ['idempotencyKey'] }],
    });
  });
});

it('without a key, the second time is a job of its own, which skips what is there', async () => {
  const first = await replicate(gateway, {});
  const second = await replicate(gateway, {});
  expect(idOf(second)).not.toBe(idOf(first));
  expect(second).toMatchObject({ replication: { counts: { created: 0, skipped: 10 } } });
});

it('after a kill the same key gives the job that it has begun', async () => {
  const premises = await Premises.open();
  for (let n = 0; n < 10; n += 1) premises.sandbox.portkey.addPrompt({ name: `p${n}` });
  premises.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    delayMs: 300,
    times: 3,
  });
  const one = await premises.start();
  const first = await replicate(one, { key: 'killed', awaitSeconds: 0 });
  await one.kill();
  const again = await replicate(await premises.start(), { key: 'killed' });
  expect(idOf(again)).toBe(idOf(first));
  expect(again).toMatchObject({ replication: { status: 'COMPLETED', counts: { total: 10 } } });
  expect([...premises.sandbox.portkey.prompts.values()]).toHaveLength(20);
  await premises.close();
});
