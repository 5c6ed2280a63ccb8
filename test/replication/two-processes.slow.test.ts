import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { at, type TestGateway, until } from '../support/gateway.js';
import { type KillableGateway, Premises } from '../support/restartable.js';
import { countReplicas, disagreements, replicasBySource } from '../support/torture-check.js';
import { cancel, creates, ended, readJob, replicate, resume } from './replicating.js';

const PROMPTS = 24;
const targetModel = 'gpt-5';

let premises: Premises;
let one: KillableGateway;
/** Stands in for a second process. It shares only the store with the first one. */
let other: TestGateway;
let sources: PortkeyPrompt[];
beforeAll(async () => {
  premises = await Premises.open({ latencyMs: 15 });
  [one, other] = await Promise.all([premises.start(), premises.startHere()]);
});
beforeEach(() => {
  premises.sandbox.reset();
  sources = Array.from({ length: PROMPTS }, (_, n) => premises.sandbox.portkey.addPrompt({ name: `p${n}` }));
});
afterAll(() => premises.close());

const begin = (gateway: TestGateway, concurrency = 2) =>
  replicate(gateway, { awaitSeconds: 0, options: { concurrency } });

const made = () => countReplicas(premises.sandbox, sources);

function disagreementsAt(gateway: TestGateway, id: string): Promise<string[]> {
  return disagreements({ sandbox: premises.sandbox, gateway, id, sources, targetModel });
}

/** Reads a job until it has the status. */
async function untilStatus(gateway: TestGateway, id: string, status: string): Promise<unknown> {
  const query = 'query ($id: ID!) { replication(id: $id) { status waitsFor } }';
  const read = async () => at((await gateway.graphql(query, { id })).data, 'replication');
  return until(read, (job) => at(job, 'status') === status);
}

it('two processes with the same replication create every replica once, and one job waits for the other', async () => {
  premises.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 1000 });
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
  expect([made(), replicasBySource(premises.sandbox).size, creates(premises.sandbox)]).toEqual(
    Array(3).fill(PROMPTS),
  );
});

it('a process reads, cancels and resumes the job of another process', async () => {
  premises.sandbox.addFault({
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
  premises.sandbox.clearFaults();
  const sent = creates(premises.sandbox);
  expect(sent).toBeLessThan(PROMPTS);
  expect(await readJob(one, id)).toMatchObject({ status: 'CANCELLED', counts: { created: sent } });
  expect(creates(premises.sandbox)).toBe(sent);

  expect((await resume(other, id)).userErrors).toEqual([]);
  await ended(one, id);
  expect(await disagreementsAt(one, id)).toEqual([]);
  expect(creates(premises.sandbox)).toBe(PROMPTS);
});

it('a process that starts does not disturb the running job of another process', async () => {
  const { id } = await begin(one);
  await until(made, (count) => count >= 1);
  const late = await premises.startHere();
  expect((await readJob(late, id))?.status).toMatch(/^(RUNNING|COMPLETED)$/);
  await ended(one, id);
  expect(await disagreementsAt(late, id)).toEqual([]);
  await late.stop();
  expect(creates(premises.sandbox)).toBe(PROMPTS);
});

it('a process that starts continues the job of a killed process', async () => {
  const { id } = await begin(one);
  await until(made, (count) => count >= 3);
  await one.kill();
  expect(made()).toBeLessThan(PROMPTS);
  expect(await readJob(other, id)).toMatchObject({ status: 'INTERRUPTED', finishedAt: null });
  const third = await premises.startHere();
  await until(
    () => readJob(other, id),
    (job) => job?.status === 'COMPLETED',
  );
  expect(await disagreementsAt(third, id)).toEqual([]);
  expect(creates(premises.sandbox)).toBeLessThanOrEqual(PROMPTS + 2);
});
