import { describe, expect, it } from '@jest/globals';
import {
  clashingNames,
  decide,
  nameReplicas,
  type Situation,
} from '../../../src/services/replication/planning/plan.js';
import { job, options, prompt, replicaOf } from './fixtures.js';

const DEFAULT = '{name}-replica';
const namesOf = (selected: readonly string[], template: string) =>
  nameReplicas(
    selected.map((name, index) => prompt(`${index}`, { name })),
    job('gpt-5', { nameTemplate: template }),
    new Map(),
  ).map(({ source, replicaName }) => `${source.name} > ${replicaName}`);

describe('nameReplicas', () => {
  it('nameReplicas names the replica of every source in order', () => {
    expect(namesOf(['b', 'a'], DEFAULT)).toEqual(['b > b-replica', 'a > a-replica']);
  });

  it('nameReplicas treats a prompt with the replica name of another as its replica', () => {
    expect(namesOf(['a-replica', 'a', 'b'], DEFAULT)).toEqual(['a > a-replica', 'b > b-replica']);
  });

  it('nameReplicas replicates only the first prompt of a chain of replicas', () => {
    expect(namesOf(['a', 'a-replica', 'a-replica-replica'], DEFAULT)).toEqual(['a > a-replica']);
  });

  it('nameReplicas treats a prompt that looks like a replica as a source when its own source is not selected', () => {
    expect(namesOf(['a-replica'], DEFAULT)).toEqual(['a-replica > a-replica-replica']);
  });

  it('nameReplicas keeps every source when the template returns its own name', () => {
    expect(namesOf(['a', 'b'], '{name}')).toEqual(['a > a', 'b > b']);
    expect(namesOf(['a', 'a'], '{name}')).toEqual(['a > a', 'a > a']);
  });

  it('nameReplicas distinguishes prompts with the same name by their slugs', () => {
    expect(namesOf(['a', 'a'], '{name} {slug}')).toEqual(['a > a pp-0', 'a > a pp-1']);
  });

  it('nameReplicas accepts prompts without a name', () => {
    const named = nameReplicas([prompt('p', { name: null, slug: 'pp-p' })], job('gpt-5'), new Map());
    expect(named.map(({ replicaName }) => replicaName)).toEqual(['pp-p-replica']);
  });
});

describe('clashingNames', () => {
  it('clashingNames finds each name that several sources would get once', () => {
    const named = nameReplicas(
      ['a', 'b', 'a', 'c', 'a', 'b'].map((name, index) => prompt(`${index}`, { name })),
      job('gpt-5'),
      new Map(),
    );
    expect([...clashingNames(named)]).toEqual(['a-replica', 'b-replica']);
    expect(clashingNames(named.slice(0, 2)).size).toBe(0);
  });
});

describe('decide', () => {
  const source = prompt('source');
  const situation = (given: Partial<Situation> = {}): Situation => ({
    source,
    replicaName: 'source-replica',
    targetModel: 'gpt-5',
    options: options(),
    namesakes: [],
    isClashing: false,
    sourceExists: () => true,
    ...given,
  });
  const replica = replicaOf(source, 'gpt-5');
  const changed = prompt('source', { versionId: 'source-v2' });

  it('decide creates a missing replica', () => {
    expect(decide(situation())).toEqual({ action: 'CREATE', replica: null, error: null });
  });

  it('decide reports a conflict for a replica name that another source would get, unless the replica exists', () => {
    expect(decide(situation({ isClashing: true }))).toMatchObject({
      action: 'CONFLICT',
      error: { code: 'CONFLICT', message: expect.stringContaining('{collection}') },
    });
    expect(decide(situation({ isClashing: true, namesakes: [replica] })).action).toBe('SKIP');
  });

  it('decide rejects an empty replica name', () => {
    expect(decide(situation({ replicaName: '' }))).toMatchObject({
      action: 'CREATE',
      error: { code: 'INVALID', message: expect.stringContaining('{name}') },
    });
  });

  it('decide updates a replica that is not raw although its source is', () => {
    const raw = { source: prompt('source', { isRawTemplate: true }), namesakes: [replica] };
    expect(decide(situation({ ...raw, options: options({ onExisting: 'UPDATE' }) })).action).toBe('UPDATE');
    expect(decide(situation(raw)).action).toBe('SKIP');
  });

  it('decide does not replicate a replica', () => {
    const exists = new Set(['source']);
    const decision = decide(situation({ source: replica, sourceExists: (id) => exists.has(id) }));
    expect(decision).toEqual({ action: 'NONE', replica: null, error: null });
  });

  it('decide replicates a replica whose source no longer exists, except to its own model', () => {
    const orphan = { source: replica, sourceExists: () => false };
    expect(decide(situation({ ...orphan, targetModel: 'gpt-6' })).action).toBe('CREATE');
    expect(decide(situation(orphan)).action).toBe('NONE');
  });

  it.each(['SKIP', 'UPDATE'] as const)(
    'decide skips an up-to-date replica when onExisting is %s',
    (onExisting) => {
      const decision = decide(situation({ namesakes: [replica], options: options({ onExisting }) }));
      expect(decision).toEqual({ action: 'SKIP', replica, error: null });
    },
  );

  it('decide updates an outdated replica only when onExisting is UPDATE', () => {
    const given = { source: changed, namesakes: [replica] };
    expect(decide(situation(given))).toEqual({ action: 'SKIP', replica, error: null });
    expect(decide(situation({ ...given, options: options({ onExisting: 'UPDATE' }) }))).toEqual({
      action: 'UPDATE',
      replica,
      error: null,
    });
  });

  it('decide treats a replica as current when its source has no version', () => {
    const given = { source: prompt('source', { versionId: null }), namesakes: [replica] };
    expect(decide(situation({ ...given, options: options({ onExisting: 'UPDATE' }) })).action).toBe('SKIP');
  });

  it('decide finds the replica among namesakes', () => {
    const stranger = prompt('stranger');
    const otherTarget = replicaOf(source, 'gpt-4.1');
    expect(decide(situation({ namesakes: [stranger, otherTarget, replica] })).replica).toBe(replica);
  });

  it('decide reports a conflict with the replica for another model, and proposes a name with the model', () => {
    const {
      action,
      replica: found,
      error,
    } = decide(situation({ namesakes: [prompt('stranger'), replicaOf(source, 'gpt-4.1')] }));
    expect([action, found, error?.code]).toEqual(['CONFLICT', null, 'CONFLICT']);
    expect(error?.message).toContain('gpt-4.1');
    expect(error?.message).toContain('{name}-{model}');
  });

  it.each([
    ['an unrelated prompt', prompt('stranger')],
    ['the replica of another source', replicaOf(prompt('other'), 'gpt-5')],
    ['the source itself', source],
  ])('decide reports a conflict when %s has the name', (_case, namesake) => {
    const { action, replica: found, error } = decide(situation({ namesakes: [namesake] }));
    expect([action, found, error?.code]).toEqual(['CONFLICT', null, 'CONFLICT']);
    expect(error?.message).toContain('"source-replica"');
  });

  it.each([
    ['collectionId', prompt('source', { collectionId: null }), { collectionId: 'c' }],
    ['virtualKey', prompt('source', { virtualKey: null }), { virtualKey: 'k' }],
    ['virtualKey', prompt('source', { virtualKey: '' }), { virtualKey: 'k' }],
  ])('decide requires the option %s when the source lacks it', (option, poor, given) => {
    const { action, error } = decide(situation({ source: poor }));
    expect([action, error?.code]).toEqual(['CREATE', 'REQUIRED']);
    expect(error?.message).toContain(`options.${option}`);
    expect(decide(situation({ source: poor, options: options(given) })).error).toBeNull();
  });

  it('decide requires no collection for an update', () => {
    const poor = prompt('source', { versionId: 'source-v2', collectionId: null });
    const given = { source: poor, namesakes: [replica], options: options({ onExisting: 'UPDATE' }) };
    expect(decide(situation(given))).toEqual({ action: 'UPDATE', replica, error: null });
  });

  it('decide rejects a source without a template', () => {
    expect(decide(situation({ source: prompt('source', { template: null }) })).error?.code).toBe('INVALID');
  });
});
