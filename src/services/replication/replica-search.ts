import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { Replication } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { markerOf } from './marker.js';

/** A replica, and the job that its marker names. */
export interface FoundReplica {
  readonly prompt: PortkeyPromptSummary;
  readonly replicationId: string | null;
}

interface Sought {
  readonly name: string;
  readonly sourceId: string;
  /** Only by Portkey's search: quick, but no proof that there is none. */
  readonly searchOnly?: boolean;
}

/**
 * The replicas of a source by name and marker. Portkey's search is asked first; as it is not documented how it matches,
 * only the whole list proves that there is none.
 */
export async function findReplicas(
  portkey: PortkeyApi,
  replication: Replication,
  { name, sourceId, searchOnly = false }: Sought,
): Promise<FoundReplica[]> {
  const { workspaceId } = replication.selection;
  const prompts = new PortkeyPromptSource(portkey);
  const found = new Map<string, FoundReplica>();
  const look = async (search?: string) => {
    // The replica's collection can be in another workspace than its source.
    for (const scope of workspaceId ? [{ workspaceId }, {}] : [{}]) {
      for (const prompt of await prompts.listAll({ ...scope, search })) {
        if (prompt.name !== name || found.has(prompt.id)) continue;
        const marker = markerOf((await load(prompts, prompt.id)) ?? { metadata: null });
        if (marker?.promptId !== sourceId || marker.targetModel !== replication.targetModel) continue;
        found.set(prompt.id, { prompt, replicationId: marker.replicationId });
      }
    }
  };
  await look(name);
  if (found.size === 0 && !searchOnly) await look();
  return [...found.values()];
}

/** A list that lags can hold a prompt that was deleted, for which some endpoints answer 403. */
async function load(prompts: PortkeyPromptSource, id: string): Promise<PortkeyPrompt | null> {
  try {
    return await prompts.load(id);
  } catch (error) {
    if (error instanceof UpstreamError && error.status === 403) return null;
    throw error;
  }
}
