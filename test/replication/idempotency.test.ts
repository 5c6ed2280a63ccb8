import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Deployment } from '../support/deployment.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, type TestGateway } from '../support/gateway.js';

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

describe('idempotency key', () => {
  it('an idempotency key returns the same job in its current state when it is repeated', async () => {
    const first = await replicate(gateway, { key: 'one', awaitSeconds: 0 });
    const again = await replicate(gateway, { key: 'one' });
    expect(idOf(again)).toBe(idOf(first));
    expect(again).toMatchObject({ replication: { status: 'COMPLETED', counts: { total: 10, created: 10 } } });
  });

  it('an idempotency key returns the same job to ten simultaneous requests', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => replicate(gateway, { key: 'concurrent' })),
    );
    expect(new Set(all.map(idOf)).size).toBe(1);
    expect(gateway.sandbox.requests({ upstream: 'portkey', method: 'POST' })).toHaveLength(10);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another model', { model: 'gpt-6' }],
    ['another selection', { selection: { search: 'p1' } }],
    ['a dry run', { dryRun: true }],
  ])('an idempotency key causes a CONFLICT when it is repeated with %s', async (key, other) => {
    await replicate(gateway, { key });
    expect(await replicate(gateway, { key, ...other })).toEqual({
      replication: null,
      userErrors: [{ code: 'CONFLICT', field: ['idempotencyKey'] }],
    });
  });

  it('an idempotency key can be reused after a request that failed with a user error', async () => {
    const invalid = await replicate(gateway, { key: 'invalid', selection: { ids: ['no-such-prompt'] } });
    expect(invalid).toMatchObject({ replication: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await replicate(gateway, { key: 'invalid' })).toMatchObject({
      replication: { status: 'COMPLETED' },
    });
  });

  it('an idempotency key starts another job under another Portkey key', async () => {
    const first = await replicate(gateway, { key: 'shared' });
    gateway.sandbox.portkey.addPrompt({ name: 'theirs', owner: 'other' });
    const second = await replicate(gateway, { key: 'shared' }, { 'x-portkey-api-key': 'pk-sandbox-other' });
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('an idempotency key is rejected when it is empty', async () => {
    expect(await replicate(gateway, { key: '' })).toEqual({
      replication: null,
      userErrors: [{ code: 'INVALID', field: ['idempotencyKey'] }],
    });
  });
});

it('without an idempotency key, a second request starts another job that skips the existing replicas', async () => {
  const first = await replicate(gateway, {});
  const second = await replicate(gateway, {});
  expect(idOf(second)).not.toBe(idOf(first));
  expect(second).toMatchObject({ replication: { counts: { created: 0, skipped: 10 } } });
});

it('after a kill, the same idempotency key returns the job that it started', async () => {
  const deployment = await Deployment.open();
  for (let n = 0; n < 10; n += 1) deployment.sandbox.portkey.addPrompt({ name: `p${n}` });
  deployment.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    delayMs: 300,
    times: 3,
  });
  const one = await deployment.start();
  const first = await replicate(one, { key: 'killed', awaitSeconds: 0 });
  await one.kill();
  const again = await replicate(await deployment.start(), { key: 'killed' });
  expect(idOf(again)).toBe(idOf(first));
  expect(again).toMatchObject({ replication: { status: 'COMPLETED', counts: { total: 10 } } });
  expect([...deployment.sandbox.portkey.prompts.values()]).toHaveLength(20);
  await deployment.close();
});
