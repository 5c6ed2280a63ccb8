import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type { Replication } from '../../../domain/replication.js';
import { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';
import { isForbidden, type JobClient } from '../jobs/job-client.js';
import { markerOf } from './marker.js';

/** A replica, and the job that its marker names. */
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
 * Finds the replicas of a source by name and marker. Portkey's search comes first. Its matching is not documented, so only
 * the whole list proves that a replica does not exist.
 */
export async function findReplicas(
  client: JobClient,
  { selection: { workspaceId }, targetModel }: Replication,
  { name, sourceId, searchOnly = false }: Sought,
): Promise<FoundReplica[]> {
  const prompts = new PortkeyPromptSource(client);
  const found = new Map<string, FoundReplica>();
  const look = async (search?: string) => {
    // The replica's collection can be in another workspace than its source.
    for (const scope of workspaceId ? [{ workspaceId }, {}] : [{}]) {
      for (const prompt of await prompts.listAll({ ...scope, search })) {
        if (prompt.name !== name || found.has(prompt.id)) continue;
        const marker = markerOf((await load(prompts, prompt.id)) ?? { metadata: null });
        if (marker?.promptId !== sourceId || marker.targetModel !== targetModel) continue;
        found.set(prompt.id, { prompt, replicationId: marker.replicationId });
      }
    }
  };
  await look(name);
  if (found.size === 0 && !searchOnly) await look();
  return [...found.values()];
}

/** A list that lags can hold a deleted prompt, for which some endpoints send 403. */
async function load(prompts: PortkeyPromptSource, id: string) {
  try {
    return await prompts.load(id);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}
