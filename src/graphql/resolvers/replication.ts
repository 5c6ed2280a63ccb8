import type { Resolvers } from '../__generated__/resolvers.js';
import { checkFirst } from '../arguments.js';
import { toConnection } from '../connections.js';
import { decodeCursor, encodeCursor } from '../cursors.js';

export const replicationResolvers: Resolvers = {
  Query: {
    replication: (_root, { id }, { replications, replicationCaller }) =>
      replications.get(id, replicationCaller.principal),
    async replications(_root, { first, after }, { replications, replicationCaller }) {
      const options = { first: checkFirst(first, 20), after: decodeCursor('replication', after) };
      const page = await replications.list(replicationCaller.principal, options);
      return toConnection(page, ({ id }) => encodeCursor('replication', id), after);
    },
  },
  Mutation: {
    replicatePrompts: (_root, { targetModel, selection, options, dryRun, awaitSeconds }, context) =>
      context.replications.start(
        {
          targetModel,
          selection: selection ?? {},
          options: options ?? {},
          dryRun: dryRun ?? false,
          awaitSeconds: awaitSeconds ?? 0,
        },
        context.replicationCaller,
      ),
  },
  Replication: {
    counts: ({ id }, _args, { replications }) => replications.counts(id),
    async items({ id }, { first, after, status }, { replications }) {
      const position = decodeCursor('replication-item', after);
      const page = await replications.items(id, {
        first: checkFirst(first, 50),
        after: position === undefined ? undefined : Number(position),
        status: status ?? undefined,
      });
      const connection = toConnection(
        page,
        ({ position }) => encodeCursor('replication-item', position),
        after,
      );
      return Object.assign(connection, { totalCount: page.total });
    },
  },
};
