import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { ask, JOB_FIELDS, names, replicate } from './replicating.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { seed: 'empty' } });
});
afterAll(() => gateway.close());

it('shows no key and no address in the log or in an answer, whatever the upstream says', async () => {
  const { sandbox } = gateway;
  const keys = [sandbox.portkeyKey, 'pk-sandbox-readonly', 'pk-refused-0123456789'];
  const leak = `key ${sandbox.portkeyKey} Bearer abc.def of ${sandbox.portkeyUrl}/prompts is bad`;
  const body = { success: false, data: { message: leak }, message: leak, error: leak };
  for (const name of ['a', 'b', 'c']) sandbox.portkey.addPrompt({ name });

  const answers: unknown[] = [];
  for (const status of [400, 409, 422]) {
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status, body, method: 'POST' });
  }
  const refused = await replicate(gateway);
  expect(refused.counts).toMatchObject({ failed: 3 });
  answers.push(refused);
  for (const status of [401, 403]) {
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status, body, method: 'POST' });
    const stopped = await replicate(gateway, { options: { concurrency: 1 } });
    expect(stopped.status).toBe('FAILED');
    answers.push(stopped);
  }
  for (const key of keys) answers.push(await ask(gateway, {}, { 'x-portkey-api-key': key }));
  sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 400, body, path: '/prompts' });
  answers.push(await ask(gateway));
  answers.push(await gateway.graphql(`{ replications { nodes { ${JOB_FIELDS} } } }`));

  expect(names(sandbox)).toContain('a-replica');
  const said = JSON.stringify(answers);
  const logged = gateway.logLines.join('');
  expect(logged).toContain('replication ended');
  expect(logged).toContain('upstream call failed');
  for (const secret of [...keys, 'abc.def', sandbox.portkeyUrl, 'principal']) {
    expect([secret, said.includes(secret), logged.includes(secret)]).toEqual([secret, false, false]);
  }
});
