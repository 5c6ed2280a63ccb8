import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import type { VersionFields } from '../../src/sandbox/portkey/records.js';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { creates, ended, library, lines, replicate, resume, upstream } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => gateway.sandbox.reset());

/** Changes every version that the sandbox stores while `work` runs. */
async function losing<T>(
  change: (fields: VersionFields) => VersionFields,
  work: () => Promise<T>,
): Promise<T> {
  const { portkey } = gateway.sandbox;
  const add = portkey.addVersion.bind(portkey);
  portkey.addVersion = (prompt, fields, createdAt) => add(prompt, change(fields), createdAt);
  try {
    return await work();
  } finally {
    portkey.addVersion = add;
  }
}

function changeSource(name: string): void {
  const { portkey } = gateway.sandbox;
  const { id, version } = upstream(gateway.sandbox, name);
  const source = portkey.prompts.get(id);
  if (source) source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
}

const update = () => replicate(gateway, { options: { onExisting: 'UPDATE' } });

describe('version that Portkey stored incompletely', () => {
  it.each<[lost: string, change: (fields: VersionFields) => VersionFields]>([
    ['prompt_metadata', (fields) => ({ ...fields, template_metadata: {} })],
    ['is_raw_template', (fields) => ({ ...fields, is_raw_template: 0 })],
  ])(
    'a version that Portkey stored incompletely is not published, and its item fails and names %s',
    async (lost, change) => {
      gateway.sandbox.portkey.addPrompt({ name: 'a', is_raw_template: 1, string: '[{{x}}]' });
      await replicate(gateway);
      changeSource('a');
      const before = upstream(gateway.sandbox, 'a-replica').version.id;
      const job = await losing(change, update);
      expect(lines(job)).toEqual(['a: UPDATE FAILED VERIFICATION_FAILED']);
      expect(job.items[0]?.error?.message).toContain(lost);
      expect(upstream(gateway.sandbox, 'a-replica').version.id).toBe(before);
      expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
      expect(upstream(gateway.sandbox, 'a-replica').version.string).toBe('new words');
    },
  );

  describe('long after it was written', () => {
    let hasty: TestGateway;
    const updateIt = () => replicate(hasty, { options: { onExisting: 'UPDATE' } });
    const shown = () => upstream(hasty.sandbox, 'a-replica').version.string;
    beforeEach(async () => {
      hasty = await startTestGateway({
        env: { LOST_RESPONSE_TIMEOUT_MS: '100' },
        sandbox: { seed: 'empty' },
      });
      const { portkey } = hasty.sandbox;
      const source = portkey.addPrompt({ name: 'a' });
      await replicate(hasty);
      const { version } = upstream(hasty.sandbox, 'a');
      source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
      const add = portkey.addVersion.bind(portkey);
      portkey.addVersion = (prompt, fields, createdAt) =>
        add(prompt, { ...fields, template_metadata: {} }, createdAt);
      const failed = await updateIt();
      portkey.addVersion = add;
      expect(lines(failed)).toEqual(['a: UPDATE FAILED VERIFICATION_FAILED']);
      // After this the gateway no longer uses its record of recent versions.
      await until(
        () => Date.now() - Date.parse(failed.finishedAt ?? ''),
        (ageMs) => ageMs > 500,
      );
    });
    afterEach(() => hasty.close());

    it('does not count as a draft of the owner', async () => {
      expect(lines(await updateIt())).toEqual(['a: UPDATE UPDATED']);
      expect(shown()).toBe('new words');
    });

    it('does not count as a draft when the response to the next update is lost', async () => {
      const put = { upstream: 'portkey', method: 'PUT', path: '/prompts/*' } as const;
      hasty.sandbox.clearRequests();
      hasty.sandbox.addFault({ ...put, kind: 'drop-after' });
      expect(lines(await updateIt())).toEqual(['a: UPDATE UPDATED']);
      expect(shown()).toBe('new words');
      expect(hasty.sandbox.requests(put)).toHaveLength(1);
    });

    it('does not hide a draft that the owner has added since', async () => {
      const { portkey } = hasty.sandbox;
      const { id, version } = upstream(hasty.sandbox, 'a-replica');
      const replica = portkey.prompts.get(id);
      if (replica) portkey.addVersion(replica, { ...version, string: 'draft' });
      const before = shown();
      expect(lines(await updateIt())).toEqual(['a: UPDATE UPDATED']);
      expect(shown()).toBe(before);
    });
  });

  it('a version that Portkey stored incompletely fails the item of a new replica of a raw template, even without verify', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a', is_raw_template: 1, string: '[{{x}}]' });
    const job = await losing(
      (fields) => ({ ...fields, is_raw_template: 0 }),
      () => replicate(gateway),
    );
    expect(lines(job)).toEqual(['a: CREATE FAILED VERIFICATION_FAILED']);
    expect(job.items[0]?.error?.message).toContain('is_raw_template');
    // Resuming does not hide it, and an update repairs it.
    await resume(gateway, job.id);
    expect(lines(await ended(gateway, job.id))).toEqual(['a: CREATE FAILED VERIFICATION_FAILED']);
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    expect(upstream(gateway.sandbox, 'a-replica').version.is_raw_template).toBe(1);
  });
});

describe('verification of a replica', () => {
  const account = new LosslessNumber('9007199254740993');
  const metadata = (fields: VersionFields, value: unknown): VersionFields => ({
    ...fields,
    template_metadata: { ...fields.template_metadata, account: value },
  });

  it.each<[place: string, change: (fields: VersionFields) => VersionFields]>([
    ['metadata.account', (fields) => metadata(fields, 9007199254740992)],
    ['metadata.account', (fields) => metadata(fields, undefined)],
    ['virtualKey', (fields) => ({ ...fields, virtual_key: 'other' })],
  ])('verification of a replica fails and names %s when Portkey has changed it', async (place, change) => {
    gateway.sandbox.portkey.addPrompt({ name: 'a', template_metadata: { account, team: 'x' } });
    const job = await losing(change, () => replicate(gateway, { options: { verify: true } }));
    expect(lines(job)).toEqual(['a: CREATE FAILED VERIFICATION_FAILED']);
    expect(job.items[0]?.error?.message).toContain(place);
  });

  it('verification of a replica ignores metadata that Portkey adds', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a', template_metadata: { account } });
    const job = await losing(
      (fields) => ({ ...fields, template_metadata: { ...fields.template_metadata, type: 'chat' } }),
      () => replicate(gateway, { options: { verify: true } }),
    );
    expect(lines(job)).toEqual(['a: CREATE CREATED']);
  });

  it('verification of a replica fails when a new replica lacks its marker', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const job = await losing(
      (fields) => ({ ...fields, template_metadata: {} }),
      () => replicate(gateway, { options: { verify: true } }),
    );
    expect(lines(job)).toEqual(['a: CREATE FAILED VERIFICATION_FAILED']);
  });
});

describe('record of recent writes', () => {
  const versionsOf = (name: string) =>
    library(gateway.sandbox).find((one) => one.name === name)?.versions.length;

  it.each(['the next run', 'the resumed job'])(
    'the record of recent writes prevents %s from repeating an update that reads do not show yet',
    async (who) => {
      gateway.sandbox.portkey.addPrompt({ name: 'a' });
      await replicate(gateway);
      changeSource('a');
      gateway.sandbox.addFault({
        upstream: 'portkey',
        kind: 'status',
        status: 404,
        method: 'PUT',
        path: '/prompts/*/makeDefault',
      });
      gateway.sandbox.setDialect({ readLagMs: 1_000, laggingReads: 'lists' });
      const { id } = await update();
      if (who === 'the next run') await update();
      else await resume(gateway, id).then(() => ended(gateway, id));
      expect(versionsOf('a-replica')).toBe(2);
      expect(upstream(gateway.sandbox, 'a-replica').version.string).toBe('new words');
    },
  );

  it('the record of recent writes lets an update be published although a stale read shows an earlier version as published', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    await replicate(gateway);
    changeSource('a');
    await update();
    const { id, version } = upstream(gateway.sandbox, 'a');
    const source = gateway.sandbox.portkey.prompts.get(id);
    if (source)
      source.published = gateway.sandbox.portkey.addVersion(source, { ...version, string: 'newer' }).number;
    const replica = upstream(gateway.sandbox, 'a-replica');
    const stale = gateway.sandbox.portkey.prompts.get(replica.id);
    if (stale) stale.published = 1;
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    expect(upstream(gateway.sandbox, 'a-replica').version.string).toBe('newer');
  });
});

it('the next run publishes an update that could not be published', async () => {
  gateway.sandbox.portkey.addPrompt({ name: 'a' });
  await replicate(gateway);
  changeSource('a');
  const fault = { upstream: 'portkey', kind: 'status', status: 403, method: 'PUT' } as const;
  gateway.sandbox.addFault({ ...fault, path: '/prompts/*/makeDefault' });
  expect(lines(await update())).toEqual(['a: UPDATE FAILED FORBIDDEN']);
  await update();
  const [replica] = library(gateway.sandbox).filter(({ name }) => name === 'a-replica');
  expect([replica?.versions.length, upstream(gateway.sandbox, 'a-replica').version.string]).toEqual([
    2,
    'new words',
  ]);
});

describe('replica of a raw template', () => {
  it('a replica of a raw template keeps is_raw_template and every character of the template', async () => {
    const string = '[ {{#images}}{"role":"user"},{{/images}} {"role":"user","content":"{{x}}"} ]';
    gateway.sandbox.portkey.addPrompt({ name: 'a', is_raw_template: 1, string });
    await replicate(gateway, { options: { verify: true } });
    expect(upstream(gateway.sandbox, 'a-replica').version).toMatchObject({ is_raw_template: 1, string });
  });

  it('a replica of a raw template stays raw in an update, even after its flag was corrected by hand', async () => {
    const { portkey } = gateway.sandbox;
    portkey.addPrompt({ name: 'a', is_raw_template: 1, string: '[{{x}}]' });
    await replicate(gateway);
    const { id, version } = upstream(gateway.sandbox, 'a-replica');
    const replica = portkey.prompts.get(id);
    if (replica) replica.published = portkey.addVersion(replica, { ...version, is_raw_template: 1 }).number;
    changeSource('a');
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    expect(upstream(gateway.sandbox, 'a-replica').version).toMatchObject({
      is_raw_template: 1,
      string: 'new words',
    });
  });

  it('a replica of a raw template becomes raw again after its owner has published a version that is not raw', async () => {
    const { portkey } = gateway.sandbox;
    portkey.addPrompt({ name: 'a', is_raw_template: 1, string: '[{{x}}]' });
    await replicate(gateway);
    changeSource('a');
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    const { id, version } = upstream(gateway.sandbox, 'a-replica');
    const replica = portkey.prompts.get(id);
    if (replica) replica.published = portkey.addVersion(replica, { ...version, is_raw_template: 0 }).number;
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    expect(upstream(gateway.sandbox, 'a-replica').version).toMatchObject({ number: 4, is_raw_template: 1 });
  });
});

describe('update from a source that has lost its tools, functions and description', () => {
  it('an update from a source that has lost its tools, functions and description removes them from the replica', async () => {
    const { portkey } = gateway.sandbox;
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const given = { functions: [{ name: 'f' }], tools, description: 'with a tool' };
    portkey.addPrompt({ name: 'a', ...given });
    await replicate(gateway);
    expect(upstream(gateway.sandbox, 'a-replica').version).toMatchObject(given);
    const { id, version } = upstream(gateway.sandbox, 'a');
    const source = portkey.prompts.get(id);
    const without = { functions: null, tools: null, description: null };
    if (source) source.published = portkey.addVersion(source, { ...version, ...without }).number;
    expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);
    expect(upstream(gateway.sandbox, 'a-replica').version).toMatchObject({
      functions: [],
      tools: [],
      description: '',
    });
  });
});

describe('reads that lag longer than the gateway waits', () => {
  it('reads that lag longer than the gateway waits fail an update with OUTCOME_UNKNOWN, and the next run finds its version', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    await replicate(gateway);
    changeSource('a');
    gateway.sandbox.setDialect({ readLagMs: 2_000 });
    const job = await update();
    expect(lines(job)).toEqual(['a: UPDATE FAILED OUTCOME_UNKNOWN']);
    gateway.sandbox.setDialect({ readLagMs: 0 });
    expect(lines(await update())).toEqual(['a: SKIP SKIPPED']);
    const [replica] = library(gateway.sandbox).filter(({ name }) => name === 'a-replica');
    expect([replica?.versions.length, creates(gateway.sandbox)]).toEqual([2, 1]);
  });
});
