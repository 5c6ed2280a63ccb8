import type { Tune } from '../../domain/tune.js';
import { unwrap } from '../../domain/upstream-error.js';
import { tuneTarget } from '../../services/live/astria-targets.js';
import { type Update, unwrapUpdate } from '../../services/live/poll-target.js';
import type { Resolvers } from '../__generated__/resolvers.js';
import { checkFilter, checkFirst, decodeNumber, encodeCursor, toConnection } from '../connections.js';
import { promptConnection } from './prompt.js';

export const tuneResolvers: Resolvers = {
  Query: {
    async tunes(_root, { first, after, filter }, { tunes }) {
      const options = { first: checkFirst(first, 20), beforeId: decodeNumber('tune', after) };
      const page = await tunes.list(options, checkFilter(filter));
      return toConnection(page, ({ id }) => encodeCursor('tune', id), after);
    },
    tune: (_root, { id }, { tunes }) => tunes.load(id),
  },
  Subscription: {
    tuneUpdated: {
      subscribe: (_root, { id }, { live, promptAccount }) => live.watch(tuneTarget(promptAccount, id)),
      resolve: (update: Update<Tune>) => unwrapUpdate(update),
    },
  },
  Tune: {
    baseTune({ baseTuneId }, _args, { tunes }) {
      const id = unwrap(baseTuneId);
      return id ? tunes.load(id) : null;
    },
    prompts: ({ id }, args, context) => promptConnection(args, id, context),
  },
};
