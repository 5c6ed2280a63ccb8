import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Database from 'libsql';
import { Deployment, type KillableGateway } from '../support/deployment.js';
import { replicate } from './replicating.js';

let deployment: Deployment;
let gateway: KillableGateway;
beforeAll(async () => {
  deployment = await Deployment.open();
  deployment.sandbox.portkey.addPrompt({ name: 'a' });
  gateway = await deployment.start();
});
afterAll(() => deployment.close());

it('invalid UTF-8 in the store fails only the fields that need it', async () => {
  const broken = await replicate(gateway);
  const whole = await replicate(gateway, { targetModel: 'other', options: { nameTemplate: '{name}-b' } });
  const database = new Database(path.join(deployment.dataDir, 'promptgate.db'));
  database.prepare("UPDATE items SET source = CAST(x'7bff7d' AS TEXT) WHERE position = 0 AND seq = 1").run();
  database.prepare("UPDATE replications SET target_model = CAST(x'67ff' AS TEXT) WHERE seq = 1").run();
  database.close();
  const read = `query ($broken: ID!, $whole: ID!) {
    broken: replication(id: $broken) { id }
    whole: replication(id: $whole) { id items { nodes { status } } }
    portkeyPrompts { totalCount }
  }`;
  for (let times = 0; times < 2; times += 1) {
    const { data, errors } = await gateway.graphql(read, { broken: broken.id, whole: whole.id });
    expect(errors?.map((error) => [error.path, error.extensions.code])).toEqual([
      [['broken'], 'STORE_UNAVAILABLE'],
    ]);
    expect(data).toMatchObject({
      broken: null,
      whole: { id: whole.id, items: { nodes: [{ status: 'CREATED' }] } },
      portkeyPrompts: { totalCount: expect.any(Number) },
    });
  }
  const { errors } = await gateway.graphql('{ replications { nodes { targetModel } } }');
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['STORE_UNAVAILABLE']);
  // The store can still be written.
  const { status } = await replicate(gateway, {
    targetModel: 'third',
    options: { nameTemplate: '{name}-c' },
  });
  expect(status).toBe('COMPLETED');
});
