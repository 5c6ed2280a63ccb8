import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type { PromptSelection } from '../../../domain/replication.js';
import { UpstreamError } from '../../../domain/upstream-error.js';
import type { UserError } from '../../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';

/** Maximum number of unknown ids that one response reports. */
const MAX_REPORTED = 50;

/** Existing prompts. */
export interface Library {
  /** Start of the read, in Unix milliseconds. */
  readonly readAt: number;
  /** All prompts that the key can see. */
  readonly prompts: readonly PortkeyPromptSummary[];
  /** Prompts whose names are taken: those of the selected workspace, or all prompts. */
  readonly neighbours: readonly PortkeyPromptSummary[];
}

export interface Selected {
  readonly library: Library;
  readonly selected: readonly PortkeyPromptSummary[];
  readonly userErrors: readonly UserError[];
}

/** Reads all prompts. @throws UpstreamError if they cannot be read. */
export async function readLibrary(
  source: PortkeyPromptSource,
  { workspaceId }: PromptSelection,
  now: () => number,
): Promise<Library> {
  const readAt = now();
  const [everything, neighbours] = await Promise.all([
    source.listAll(),
    workspaceId ? source.listAll({ workspaceId }) : null,
  ]);
  const byId = new Map([...everything, ...(neighbours ?? [])].map((prompt) => [prompt.id, prompt]));
  return { readAt, prompts: [...byId.values()], neighbours: neighbours ?? everything };
}

/** Reads the library and applies the selection. @throws UpstreamError if it cannot be read. */
export async function select(
  source: PortkeyPromptSource,
  selection: PromptSelection,
  now: () => number,
): Promise<Selected> {
  const { workspaceId, collectionId, search, ids, sourceModel } = selection;
  const [library, narrowed] = await Promise.all([
    readLibrary(source, selection, now),
    collectionId || search ? listNarrowed(source, { workspaceId, collectionId, search }) : null,
  ]);
  if (narrowed === 'NO_COLLECTION') {
    const field = ['selection', 'collectionId'];
    return {
      library,
      selected: [],
      userErrors: [{ code: 'NOT_FOUND', message: 'There is no collection with this id or slug.', field }],
    };
  }
  const candidates = (narrowed ?? library.neighbours).filter(
    ({ model }) => !sourceModel || model === sourceModel,
  );
  const isNarrowed = narrowed !== null || Boolean(sourceModel);
  return ids
    ? { library, ...pick(ids, candidates, isNarrowed) }
    : { library, selected: candidates, userErrors: [] };
}

/** Lists prompts by filter. Some deployments reject an unknown collection, for others it is empty. */
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
  isNarrowed: boolean,
): Pick<Selected, 'selected' | 'userErrors'> {
  const byName = new Map(
    candidates.flatMap((prompt) => [[prompt.id, prompt] as const, [prompt.slug, prompt] as const]),
  );
  const selected = new Set<PortkeyPromptSummary>();
  const userErrors: UserError[] = [];
  for (const [index, id] of ids.entries()) {
    const prompt = byName.get(id);
    if (prompt) selected.add(prompt);
    else if (userErrors.length < MAX_REPORTED) {
      const among = isNarrowed ? ' among the prompts that the other conditions select' : '';
      const message = `There is no prompt with this id or slug${among}.`;
      userErrors.push({ code: 'NOT_FOUND', message, field: ['selection', 'ids', String(index)] });
    }
  }
  return { selected: [...selected], userErrors };
}
