import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type { Replication } from '../../../domain/replication.js';
import { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';
import { isForbidden, type JobClient } from '../jobs/job-client.js';
import { provenanceOf } from './replica-content.js';

/** A replica and the job in its marker. */
export interface FoundReplica {
  readonly prompt: PortkeyPromptSummary;
  readonly replicationId: string | null;
}

interface Sought {
  readonly name: string;
  readonly sourceId: string;
  /** Uses only Portkey's search. It is fast, but can miss a replica. */
  readonly searchOnly?: boolean;
}

/**
 * Finds the replicas of a source by name and marker. Portkey does not document how its search matches, so only
 * the complete list proves that a replica does not exist.
 */
export async function findReplicas(
  client: JobClient,
  { selection: { workspaceId }, targetModel }: Replication,
  { name, sourceId, searchOnly = false }: Sought,
): Promise<FoundReplica[]> {
  const prompts = new PortkeyPromptSource(client);
  const found = new Map<string, FoundReplica>();
  const searchList = async (search?: string) => {
    // The collection of a replica can be in a different workspace than its source.
    for (const scope of workspaceId ? [{ workspaceId }, {}] : [{}]) {
      for (const prompt of await prompts.listAll({ ...scope, search })) {
        if (prompt.name !== name || found.has(prompt.id)) continue;
        const marker = provenanceOf((await load(prompts, prompt.id)) ?? { metadata: null });
        if (marker?.promptId !== sourceId || marker.targetModel !== targetModel) continue;
        found.set(prompt.id, { prompt, replicationId: marker.replicationId });
      }
    }
  };
  await searchList(name);
  if (found.size === 0 && !searchOnly) await searchList();
  return [...found.values()];
}

/** Reads a prompt; null if it was deleted. A stale list can contain deleted prompts, and some endpoints send 403 for them. */
async function load(prompts: PortkeyPromptSource, id: string) {
  try {
    return await prompts.load(id);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}
