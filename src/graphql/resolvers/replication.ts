import type { Replication } from '../../domain/replication.js';
import { type Update, unwrapUpdate } from '../../services/live/poll-target.js';
import type { Snapshot, Throughput } from '../../services/replication/jobs/progress.js';
import type { Resolvers } from '../__generated__/resolvers.js';
import {
  checkFilter,
  checkFirst,
  decodeCursor,
  decodeNumber,
  encodeCursor,
  toConnection,
} from '../connections.js';
import type { RequestContext } from '../context.js';

/** Throughputs, measured once per response so that its fields are consistent. */
const throughputs = new WeakMap<Replication, Promise<Throughput>>();

function throughputOf(replication: Replication, { replications }: RequestContext): Promise<Throughput> {
  const throughput = throughputs.get(replication) ?? replications.throughput(replication);
  throughputs.set(replication, throughput);
  return throughput;
}

export const replicationResolvers: Resolvers = {
  Query: {
    replication: (_root, { id }, { replications, replicationCaller }) =>
      replications.get(id, replicationCaller.principal),
    async replications(_root, { first, after, filter }, { replications, replicationCaller }) {
      const page = await replications.list(replicationCaller.principal, {
        ...checkFilter(filter),
        first: checkFirst(first, 20),
        after: decodeCursor('replication', after),
      });
      return toConnection(page, ({ id }) => encodeCursor('replication', id), after);
    },
  },
  Mutation: {
    replicatePrompts: (_root, { targetModel, selection, options, dryRun, ...args }, context) =>
      context.replications.start(
        {
          targetModel,
          selection: selection ?? {},
          options: options ?? {},
          dryRun: dryRun ?? false,
          awaitSeconds: args.awaitSeconds ?? 0,
          idempotencyKey: args.idempotencyKey ?? null,
        },
        context.replicationCaller,
      ),
    cancelReplication: (_root, { id }, { replications, replicationCaller }) =>
      replications.cancel(id, replicationCaller),
    resumeReplication: (_root, { id }, { replications, replicationCaller }) =>
      replications.resume(id, replicationCaller),
    undoReplication: (_root, { id }, { replications, replicationCaller }) =>
      replications.undo(id, replicationCaller),
  },
  Subscription: {
    replicationProgress: {
      subscribe: (_root, { id }, { replications, replicationCaller }) =>
        replications.watch(id, replicationCaller.principal),
      resolve: (update: Update<Snapshot>) => unwrapUpdate(update)?.replication ?? null,
    },
  },
  ReplicationItem: {
    replicaName: ({ replica, replicaName }) => replica?.name ?? replicaName,
  },
  Replication: {
    counts: ({ id }, _args, { replications }) => replications.counts(id),
    throughput: async (replication, _args, context) => (await throughputOf(replication, context)).throughput,
    etaSeconds: async (replication, _args, context) => (await throughputOf(replication, context)).etaSeconds,
    async items({ id }, { first, after, status }, { replications }) {
      const page = await replications.items(id, {
        first: checkFirst(first, 50),
        after: decodeNumber('replication-item', after),
        statuses: status ? [status] : undefined,
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
