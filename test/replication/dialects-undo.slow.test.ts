import { expect, it } from '@jest/globals';
import { DIALECTS, withDialect } from './dialects.js';
import { ended, names, replicate, resume, undo } from './replicating.js';

it.concurrent.each(DIALECTS.map((dialect) => [JSON.stringify(dialect), dialect] as const))(
  'a replication is resumed, undone and repeated without waiting in between, with the dialect %s',
  (_name, dialect) =>
    withDialect(dialect, async (gateway) => {
      const { sandbox } = gateway;
      sandbox.addFault({
        upstream: 'portkey',
        kind: 'status',
        status: 400,
        method: 'POST',
        path: '/prompts',
      });
      sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', path: '/prompts' });
      const { id } = await replicate(gateway, { options: { concurrency: 1 } });
      await resume(gateway, id);
      expect((await ended(gateway, id)).counts).toMatchObject({ total: 3, created: 3 });
      expect(names(sandbox)).toHaveLength(6);

      sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'DELETE', path: '/prompts/*' });
      expect((await undo(gateway, id)).deleted).toHaveLength(3);
      expect(names(sandbox)).toEqual(['chat', 'raw', 'text']);
      expect((await undo(gateway, id)).kept).toEqual([]);

      const again = await replicate(gateway);
      expect([again.counts.created, names(sandbox).length]).toEqual([3, 6]);
    }),
);
