import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { type Job, library, lines, replicate, writes } from './replicating.js';

const gateway = describeGateway();

/** Planned fields of each item. */
const planOf = (job: Job) =>
  job.items.map(({ source, action, replicaName, error }) => ({ source, action, replicaName, error }));

describe('dry run', () => {
  const selection = { search: '(DE)' };
  const options = { nameTemplate: '{name} on {model}', onExisting: 'UPDATE' };
  let plan: Job;
  let run: Job;

  beforeAll(async () => {
    // Covers every action with a current replica, an outdated replica and a name that is taken.
    const { portkey } = gateway.sandbox;
    const [current, outdated, taken, otherModel, ...rest] = library(gateway.sandbox).filter(({ name }) =>
      name.includes('(DE)'),
    );
    if (!current || !outdated || !taken || !otherModel) throw new Error('the seed is too small');
    expect(rest.length).toBeGreaterThan(50);
    await replicate(gateway, { selection: { ids: [current.id, outdated.id] }, options });
    const [version] = outdated.versions;
    if (version) outdated.published = portkey.addVersion(outdated, version).number;
    portkey.addPrompt({ name: `${taken.name} on gpt-5` });
    gateway.sandbox.clearRequests();
    plan = await replicate(gateway, { selection, options, dryRun: true, awaitSeconds: 0 });
  });

  it('a dry run waits for the plan and creates nothing', () => {
    expect(plan).toMatchObject({ status: 'PLANNED', dryRun: true, startedAt: null, error: null });
    expect(plan.finishedAt).not.toBeNull();
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a dry run counts the planned actions as pending', () => {
    const { total, ...counts } = plan.counts;
    expect(total).toBe(plan.items.length);
    const pending = plan.items.length - 2;
    expect(counts).toEqual({ created: 0, updated: 0, skipped: 1, failed: 1, pending, undone: 0 });
  });

  it('a dry run shows every kind of action', () => {
    const actions = lines(plan).map((line) => line.replace(/^.*: /, ''));
    expect([...new Set(actions)].sort()).toEqual([
      'CONFLICT FAILED CONFLICT',
      'CREATE PENDING',
      'SKIP SKIPPED',
      'UPDATE PENDING',
    ]);
  });

  it('a dry run predicts each item of the run that follows', async () => {
    run = await replicate(gateway, { selection, options });
    expect(planOf(run)).toEqual(planOf(plan));
    expect(run.counts).toMatchObject({ pending: 0, created: (plan.counts.pending ?? 0) - 1, updated: 1 });
    const outcomes = { CREATE: 'CREATED', UPDATE: 'UPDATED', SKIP: 'SKIPPED', CONFLICT: 'FAILED' };
    for (const { action, status } of run.items)
      expect(Object.entries(outcomes)).toContainEqual([action, status]);
  });

  it('a dry run has no pending items after that run', async () => {
    const after = await replicate(gateway, { selection, options, dryRun: true });
    expect(after.counts).toMatchObject({ pending: 0, skipped: (run.counts.total ?? 0) - 1, failed: 1 });
  });
});
