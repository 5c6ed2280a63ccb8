import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { PortkeyPromptResolvers, Resolvers } from '../__generated__/resolvers.js';
import { toConnection } from '../connections.js';
import type { RequestContext } from '../context.js';
import { checkFirst, decodeCursor, encodeCursor } from '../cursors.js';

/** Fields that a list does not tell: the prompt is read for them, once however many of them are asked for. */
function fromFull<K extends keyof PortkeyPrompt>(field: K) {
  return async (parent: PortkeyPromptSummary, _args: unknown, { portkeyPrompts }: RequestContext) =>
    (await portkeyPrompts.load(parent.id))?.[field] ?? null;
}

/** Fields that a list tells; of a prompt that is known from elsewhere they are read. */
function fromSummary<K extends 'status' | 'createdAt' | 'updatedAt'>(field: K) {
  const read = fromFull(field);
  return (parent: PortkeyPromptSummary, args: unknown, context: RequestContext) =>
    parent[field] === undefined ? read(parent, args, context) : parent[field];
}

const portkeyPrompt: PortkeyPromptResolvers = {
  status: fromSummary('status'),
  createdAt: fromSummary('createdAt'),
  updatedAt: fromSummary('updatedAt'),
  template: fromFull('template'),
  variables: fromFull('variables'),
  partials: fromFull('partials'),
  parameters: fromFull('parameters'),
  virtualKey: fromFull('virtualKey'),
  functions: fromFull('functions'),
  tools: fromFull('tools'),
  toolChoice: fromFull('toolChoice'),
  metadata: fromFull('metadata'),
  isRawTemplate: fromFull('isRawTemplate'),
  version: fromFull('version'),
  versionId: fromFull('versionId'),
  versionDescription: fromFull('versionDescription'),
  versionStatus: fromFull('versionStatus'),
};

export const portkeyPromptResolvers: Resolvers = {
  Query: {
    async portkeyPrompts(_root, { first, after, filter }, { portkeyPrompts }) {
      const count = checkFirst(first, 20);
      const position = decodeCursor('portkey-prompt', after);
      const offset = position === undefined ? 0 : Number(position) + 1;
      const page = await portkeyPrompts.list({ first: count, offset }, filter ?? {});
      const cursorOf = (_prompt: PortkeyPromptSummary, index: number) =>
        encodeCursor('portkey-prompt', page.offsets[index] ?? 0);
      const connection = toConnection(page, cursorOf, after);
      // Spreading would make the connection's edges before they are asked for.
      return Object.assign(connection, { totalCount: page.total });
    },
    portkeyPrompt: (_root, { id }, { portkeyPrompts }) => portkeyPrompts.load(id),
  },
  PortkeyPrompt: portkeyPrompt,
};
