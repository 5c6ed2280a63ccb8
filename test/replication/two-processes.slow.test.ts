import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { Deployment, type KillableGateway } from '../support/deployment.js';
import { at, type TestGateway, until } from '../support/gateway.js';
import { countReplicas, disagreements, replicasBySource } from '../support/torture-check.js';
import { cancel, creates, ended, readJob, replicate, resume } from './replicating.js';

const PROMPTS = 24;
const targetModel = 'gpt-5';

let deployment: Deployment;
let one: KillableGateway;
/** Stands in for a second process. It shares only the store with the first one. */
let other: TestGateway;
let sources: PortkeyPrompt[];
beforeAll(async () => {
  deployment = await Deployment.open({ latencyMs: 15 });
  [one, other] = await Promise.all([deployment.start(), deployment.startHere()]);
});
beforeEach(() => {
  deployment.sandbox.reset();
  sources = Array.from({ length: PROMPTS }, (_, n) =>
    deployment.sandbox.portkey.addPrompt({ name: `p${n}` }),
  );
});
afterAll(() => deployment.close());

const begin = (gateway: TestGateway, concurrency = 2) =>
  replicate(gateway, { awaitSeconds: 0, options: { concurrency } });

const made = () => countReplicas(deployment.sandbox, sources);

function disagreementsAt(gateway: TestGateway, id: string): Promise<string[]> {
  return disagreements({ sandbox: deployment.sandbox, gateway, id, sources, targetModel });
}

/** Reads a job until it has the status. */
async function untilStatus(gateway: TestGateway, id: string, status: string): Promise<unknown> {
  const query = 'query ($id: ID!) { replication(id: $id) { status waitsFor } }';
  const read = async () => at((await gateway.graphql(query, { id })).data, 'replication');
  return until(read, (job) => at(job, 'status') === status);
}

it('two processes with the same replication create every replica once, and one job waits for the other', async () => {
  deployment.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 1000 });
  const [{ id: first }, { id: second }] = await Promise.all([begin(one), begin(other)]);
  const waiting = await Promise.any([
    untilStatus(one, second, 'WAITING'),
    untilStatus(other, first, 'WAITING'),
  ]);
  expect([first, second]).toContain(at(waiting, 'waitsFor'));

  const last = [await ended(one, first), await ended(other, second)];
  expect(last.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
  const created = last.map(({ counts }) => counts.created ?? 0);
  expect(created.toSorted((less, more) => less - more)).toEqual([0, PROMPTS]);
  const skipped = last.map(({ counts }) => counts.skipped ?? 0);
  expect(skipped.toSorted((less, more) => less - more)).toEqual([0, PROMPTS]);
  expect([made(), replicasBySource(deployment.sandbox).size, creates(deployment.sandbox)]).toEqual(
    Array(3).fill(PROMPTS),
  );
});

it('a process reads, cancels and resumes the job of another process', async () => {
  deployment.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    times: 0,
    delayMs: 300,
  });
  const { id } = await begin(one);
  await until(made, (count) => count >= 3);
  expect(await readJob(other, id)).toMatchObject({ id, status: 'RUNNING' });
  expect(await cancel(other, id)).toMatchObject({ replication: { status: 'CANCELLED' }, userErrors: [] });
  deployment.sandbox.clearFaults();
  const sent = creates(deployment.sandbox);
  expect(sent).toBeLessThan(PROMPTS);
  expect(await readJob(one, id)).toMatchObject({ status: 'CANCELLED', counts: { created: sent } });
  expect(creates(deployment.sandbox)).toBe(sent);

  expect((await resume(other, id)).userErrors).toEqual([]);
  await ended(one, id);
  expect(await disagreementsAt(one, id)).toEqual([]);
  expect(creates(deployment.sandbox)).toBe(PROMPTS);
});

it('a process that starts does not disturb the running job of another process', async () => {
  const { id } = await begin(one);
  await until(made, (count) => count >= 1);
  const late = await deployment.startHere();
  expect((await readJob(late, id))?.status).toMatch(/^(RUNNING|COMPLETED)$/);
  await ended(one, id);
  expect(await disagreementsAt(late, id)).toEqual([]);
  await late.stop();
  expect(creates(deployment.sandbox)).toBe(PROMPTS);
});

it('a process that starts continues the job of a killed process', async () => {
  const { id } = await begin(one);
  await until(made, (count) => count >= 3);
  await one.kill();
  expect(made()).toBeLessThan(PROMPTS);
  expect(await readJob(other, id)).toMatchObject({ status: 'INTERRUPTED', finishedAt: null });
  const third = await deployment.startHere();
  await until(
    () => readJob(other, id),
    (job) => job?.status === 'COMPLETED',
  );
  expect(await disagreementsAt(third, id)).toEqual([]);
  expect(creates(deployment.sandbox)).toBeLessThanOrEqual(PROMPTS + 2);
});
