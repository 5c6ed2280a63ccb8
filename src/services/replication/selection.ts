import type { PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { PromptSelection } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';

export interface Selected {
  /** Every prompt that the key can see. */
  readonly library: readonly PortkeyPromptSummary[];
  /** Those whose names are taken: of the workspace, where one is given. */
  readonly neighbours: readonly PortkeyPromptSummary[];
  readonly selected: readonly PortkeyPromptSummary[];
  readonly userErrors: readonly UserError[];
}

/** Reads the library and picks what is selected. @throws UpstreamError when it cannot be read. */
export async function select(prompts: PortkeyPromptSource, selection: PromptSelection): Promise<Selected> {
  const { workspaceId, collectionId, search, ids, sourceModel } = selection;
  const isNarrowed = Boolean(collectionId || search);
  const [everything, neighbours, narrowed] = await Promise.all([
    prompts.listAll(),
    workspaceId ? prompts.listAll({ workspaceId }) : null,
    isNarrowed ? listNarrowed(prompts, { workspaceId, collectionId, search }) : null,
  ]);
  const library = {
    library: [
      ...new Map([...everything, ...(neighbours ?? [])].map((prompt) => [prompt.id, prompt])).values(),
    ],
    neighbours: neighbours ?? everything,
  };
  if (narrowed === 'NO_COLLECTION') {
    const message = 'there is no such collection';
    return {
      ...library,
      selected: [],
      userErrors: [{ code: 'NOT_FOUND', message, field: ['selection', 'collectionId'] }],
    };
  }
  const candidates = (narrowed ?? library.neighbours).filter(
    ({ model }) => !sourceModel || model === sourceModel,
  );
  if (!ids) return { ...library, selected: candidates, userErrors: [] };
  return { ...library, ...pick(ids, candidates) };
}

/** A collection that does not exist is refused by some deployments and empty at others. */
async function listNarrowed(
  prompts: PortkeyPromptSource,
  filter: Parameters<PortkeyPromptSource['listAll']>[0],
) {
  try {
    return await prompts.listAll(filter);
  } catch (error) {
    const isRefused =
      error instanceof UpstreamError && (error.kind === 'NOT_FOUND' || error.kind === 'REJECTED');
    if (isRefused && filter?.collectionId) return 'NO_COLLECTION';
    throw error;
  }
}

function pick(
  ids: readonly string[],
  candidates: readonly PortkeyPromptSummary[],
): Pick<Selected, 'selected' | 'userErrors'> {
  const byName = new Map(
    candidates.flatMap((prompt) => [[prompt.id, prompt] as const, [prompt.slug, prompt] as const]),
  );
  const selected = new Set<PortkeyPromptSummary>();
  const userErrors: UserError[] = [];
  for (const [index, id] of ids.entries()) {
    const prompt = byName.get(id);
    if (prompt) selected.add(prompt);
    else {
      const message = 'there is no such prompt among those that the other conditions select';
      userErrors.push({ code: 'NOT_FOUND', message, field: ['selection', 'ids', String(index)] });
    }
  }
  return { selected: [...selected], userErrors };
}
