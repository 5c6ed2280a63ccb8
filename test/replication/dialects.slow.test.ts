import { expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/index.js';
import {
  changeSources,
  contents,
  DIALECTS,
  exact,
  type PortkeyDialect,
  UPDATE,
  untilShown,
  withDialect,
} from './dialects.js';
import { creates, ended, lines, replicate, resume, writes } from './replicating.js';

/** Faults that reject one update, and lose the responses to another update and to its publication. */
const UPDATE_FAULTS: readonly Pick<Fault, 'kind' | 'path' | 'status'>[] = [
  { kind: 'status', status: 400, path: '/prompts/*' },
  { kind: 'drop-after', path: '/prompts/*' },
  { kind: '504-after', path: '/prompts/*/makeDefault' },
];

// The cases run concurrently because they mostly wait for lagging reads.
it.concurrent.each(DIALECTS.map((dialect) => [JSON.stringify(dialect), dialect] as const))(
  'replication creates, verifies and updates every replica exactly once in consecutive runs, with the dialect %s',
  (_name, dialect) =>
    withDialect(dialect, async (gateway) => {
      const { sandbox } = gateway;
      const first = await replicate(gateway, { options: { verify: true } });
      expect(lines(first)).toEqual(['chat: CREATE CREATED', 'raw: CREATE CREATED', 'text: CREATE CREATED']);
      expect(contents(sandbox)).toEqual(exact(1));

      const second = await replicate(gateway, { options: { verify: true } });
      expect([second.counts.skipped, creates(sandbox)]).toEqual([3, 3]);

      changeSources(sandbox);
      await untilShown(gateway);
      for (const fault of UPDATE_FAULTS) sandbox.addFault({ upstream: 'portkey', method: 'PUT', ...fault });
      const { id, counts } = await replicate(gateway, { options: { ...UPDATE, concurrency: 1 } });
      expect(counts).toMatchObject({ updated: 2, failed: 1 });
      await resume(gateway, id);
      const third = await ended(gateway, id);
      expect(lines(third)).toEqual(['chat: UPDATE UPDATED', 'raw: UPDATE UPDATED', 'text: UPDATE UPDATED']);
      expect(contents(sandbox)).toEqual(exact(2));

      const fourth = await replicate(gateway, { options: UPDATE });
      expect([fourth.counts.skipped, contents(sandbox)]).toEqual([3, exact(2)]);
    }),
);

it('fewer than 20 dialects cover every pair of readLagMs and updateFields', () => {
  expect(DIALECTS.length).toBeLessThan(20);
  for (const lag of [0, 500, 2000]) {
    for (const fields of ['drop', 'refuse', 'accept']) {
      expect(DIALECTS.some((one) => one.readLagMs === lag && one.updateFields === fields)).toBe(true);
    }
  }
});

it('an update request contains only the fields that Portkey documents', async () => {
  await withDialect(
    { ...(DIALECTS[0] as PortkeyDialect), updateFields: 'refuse', readLagMs: 0 },
    async (gateway) => {
      await replicate(gateway);
      changeSources(gateway.sandbox);
      gateway.sandbox.clearRequests();
      await replicate(gateway, { selection: { search: 'raw' }, options: UPDATE });
      const [update] = writes(gateway.sandbox);
      expect(update).toMatchObject({
        method: 'PUT',
        body: { patch: true, is_raw_template: 1, model: 'gpt-5' },
      });
      expect(Object.keys(Object(update?.body)).sort()).toEqual(
        [
          'is_raw_template',
          'model',
          'parameters',
          'patch',
          'prompt_metadata',
          'string',
          'virtual_key',
        ].sort(),
      );
    },
  );
});
