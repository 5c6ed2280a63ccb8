import type { GraphQLResolveInfo } from 'graphql';
import type { Prompt } from '../../domain/prompt.js';
import { unwrap } from '../../domain/upstream-error.js';
import { promptTarget } from '../../services/live/astria-targets.js';
import { type Update, unwrapUpdate } from '../../services/live/poll-target.js';
import type { Resolvers } from '../__generated__/resolvers.js';
import { checkFirst, decodeNumber, encodeCursor, toConnection } from '../connections.js';
import type { RequestContext } from '../context.js';

export const promptResolvers: Resolvers = {
  Query: {
    prompts: (_root, { filter, ...args }, context) =>
      promptConnection(args, filter?.tuneId ?? undefined, context),
    prompt: (_root, { id }, { prompts }) => prompts.load(id),
  },
  Mutation: {
    createPrompt: (_root, { tuneId, input, idempotencyKey }, { promptService }) =>
      promptService.create(tuneId, input, idempotencyKey ?? null),
    duplicatePrompt: (_root, { id, overrides, imageIndex, idempotencyKey }, { promptService }) =>
      promptService.duplicate(id, overrides ?? {}, imageIndex ?? null, idempotencyKey ?? null),
  },
  Subscription: {
    promptUpdated: {
      subscribe: (_root, { id }, { live, promptAccount, callbacks }) =>
        live.watch(
          promptTarget(
            promptAccount,
            id,
            ({ callback }) => typeof callback === 'string' && callbacks.isOwn(callback),
          ),
        ),
      resolve: (update: Update<Prompt>) => unwrapUpdate(update),
    },
  },
  Prompt: {
    callback: ({ callback }, _args, { callbacks, promptAccount }) =>
      callbacks.shown(promptAccount.account, unwrap(callback) ?? null),
    attributes: (prompt, _args, { callbacks, promptAccount }) =>
      callbacks.shownPrompt(promptAccount.account, prompt),
    callbackRelay: ({ id }, _args, { callbacks, promptAccount }) =>
      callbacks.relay(promptAccount.account, id),
    tune(prompt, _args, { tunes }, info) {
      const id = unwrap(prompt.tuneId);
      if (id === null) return null;
      return selectsOnlyId(info) ? { id } : tunes.load(id);
    },
  },
};

/** Returns the prompts of one tune, or all prompts. */
export async function promptConnection(
  { first, after }: { first?: number | null; after?: string | null },
  tuneId: string | undefined,
  { prompts }: RequestContext,
) {
  const options = { first: checkFirst(first, 20), beforeId: decodeNumber('prompt', after) };
  const page = await prompts.list(options, tuneId);
  return toConnection(page, ({ id }) => encodeCursor('prompt', id), after);
}

/** Returns true if only the id of an object is selected, which takes no upstream call. */
function selectsOnlyId({ fieldNodes }: GraphQLResolveInfo): boolean {
  return fieldNodes.every((field) =>
    field.selectionSet?.selections.every(
      (selection) =>
        selection.kind === 'Field' &&
        (selection.name.value === 'id' || selection.name.value === '__typename'),
    ),
  );
}
