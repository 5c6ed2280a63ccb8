import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import { type FieldResult, unwrap } from '../../domain/upstream-error.js';
import type { PortkeyPromptResolvers, Resolvers } from '../__generated__/resolvers.js';
import { checkFilter, checkFirst, decodeNumber, encodeCursor, toConnection } from '../connections.js';
import type { RequestContext } from '../context.js';

/** Resolves a field that lists do not include. The prompt is read once, however many of these fields are selected. */
function fromFull<T>(pick: (prompt: PortkeyPrompt) => FieldResult<T>) {
  const read = (prompt: PortkeyPrompt | null) => prompt && unwrap(pick(prompt));
  return ({ id }: PortkeyPromptSummary, _args: unknown, { portkeyPrompts }: RequestContext) =>
    portkeyPrompts.load(id).then(read);
}

/** Resolves a field that lists include. For a prompt from another source, the prompt is read. */
function fromSummary<K extends 'status' | 'createdAt' | 'updatedAt'>(field: K) {
  const read = fromFull<string | null>((prompt) => prompt[field]);
  return (parent: PortkeyPromptSummary, args: unknown, context: RequestContext) => {
    const value = unwrap<string | null | undefined>(parent[field]);
    return value === undefined ? read(parent, args, context) : value;
  };
}

const portkeyPrompt: PortkeyPromptResolvers = {
  status: fromSummary('status'),
  createdAt: fromSummary('createdAt'),
  updatedAt: fromSummary('updatedAt'),
  template: fromFull((prompt) => prompt.template),
  variables: fromFull((prompt) => prompt.variables),
  partials: fromFull((prompt) => prompt.partials),
  parameters: fromFull((prompt) => prompt.parameters),
  virtualKey: fromFull((prompt) => prompt.virtualKey),
  functions: fromFull((prompt) => prompt.functions),
  tools: fromFull((prompt) => prompt.tools),
  toolChoice: fromFull((prompt) => prompt.toolChoice),
  metadata: fromFull((prompt) => prompt.metadata),
  isRawTemplate: fromFull((prompt) => prompt.isRawTemplate),
  version: fromFull((prompt) => prompt.version),
  versionId: fromFull((prompt) => prompt.versionId),
  versionDescription: fromFull((prompt) => prompt.versionDescription),
  versionStatus: fromFull((prompt) => prompt.versionStatus),
};

export const portkeyPromptResolvers: Resolvers = {
  Query: {
    async portkeyPrompts(_root, { first, after, filter }, { portkeyPrompts }) {
      const count = checkFirst(first, 20);
      const offset = (decodeNumber('portkey-prompt', after) ?? -1) + 1;
      const page = await portkeyPrompts.list({ first: count, offset }, checkFilter(filter));
      const cursorOf = (_prompt: PortkeyPromptSummary, index: number) =>
        encodeCursor('portkey-prompt', page.offsets[index] ?? 0);
      const connection = toConnection(page, cursorOf, after);
      // Spreading would call the getters of the connection and create edges that were not requested.
      return Object.assign(connection, { totalCount: page.total });
    },
    portkeyPrompt: (_root, { id }, { portkeyPrompts }) => portkeyPrompts.load(id),
  },
  PortkeyPrompt: portkeyPrompt,
};
