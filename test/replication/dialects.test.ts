import { describe, expect, it } from '@jest/globals';
import {
  changeSources,
  contents,
  DIALECTS,
  exact,
  type PortkeyDialect,
  tell,
  UPDATE,
  untilShown,
} from './dialects.js';
import { creates, lines, replicate, writes } from './replicating.js';

describe.each(DIALECTS.map((dialect) => [JSON.stringify(dialect), dialect] as const))(
  'with %s',
  (_name, dialect) => {
    it.concurrent('replicas are made, verified, updated and undone exactly once, without waiting between the runs', () =>
      tell(dialect, async (gateway) => {
        const { sandbox } = gateway;
        const first = await replicate(gateway, { options: { verify: true } });
        expect(lines(first)).toEqual(['chat: CREATE CREATED', 'raw: CREATE CREATED', 'text: CREATE CREATED']);
        expect(contents(sandbox)).toEqual(exact(1));

        const second = await replicate(gateway, { options: { verify: true } });
        expect([second.counts.skipped, creates(sandbox)]).toEqual([3, 3]);

        changeSources(sandbox);
        await untilShown(gateway);
        const third = await replicate(gateway, { options: UPDATE });
        expect(lines(third)).toEqual(['chat: UPDATE UPDATED', 'raw: UPDATE UPDATED', 'text: UPDATE UPDATED']);
        expect(contents(sandbox)).toEqual(exact(2));

        const fourth = await replicate(gateway, { options: UPDATE });
        expect([fourth.counts.skipped, contents(sandbox)]).toEqual([3, exact(2)]);
      }));
  },
);

it('every pair of settings is covered by far fewer combinations than there are', () => {
  expect(DIALECTS.length).toBeLessThan(20);
  for (const lag of [0, 500, 2000]) {
    for (const fields of ['drop', 'refuse', 'accept']) {
      expect(DIALECTS.some((one) => one.readLagMs === lag && one.updateFields === fields)).toBe(true);
    }
  }
});

it('an update sends what Portkey documents for it, and nothing else', async () => {
  await tell(
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
