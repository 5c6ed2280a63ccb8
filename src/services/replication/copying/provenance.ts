import type { PortkeyPrompt } from '../../../domain/portkey-prompt.js';
import { UpstreamError } from '../../../domain/upstream-error.js';

/** Origin of a replica, stored in its metadata under `replicated_from`. */
export interface Provenance {
  readonly promptId: string;
  readonly versionId: string | null;
  readonly targetModel: string;
  /** Job that made this version; null if not stated. */
  readonly replicationId: string | null;
}

const KEY = 'replicated_from';

/** Returns the metadata of a replica: that of its source plus the marker. */
export function withProvenance(
  metadata: Readonly<Record<string, unknown>> | null,
  marker: Provenance,
): Record<string, unknown> {
  const { promptId, versionId, targetModel, replicationId } = marker;
  const value = {
    prompt_id: promptId,
    version_id: versionId,
    target_model: targetModel,
    replication_id: replicationId,
  };
  return { ...metadata, [KEY]: value };
}

/** Returns metadata without the marker. */
export function withoutProvenance(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { [KEY]: _marker, ...rest } = metadata;
  return rest;
}

/** Returns the marker of a replica; null for other prompts and for undecodable metadata. */
export function provenanceOf({ metadata }: Pick<PortkeyPrompt, 'metadata'>): Provenance | null {
  const value = metadata instanceof UpstreamError ? null : metadata?.[KEY];
  if (typeof value !== 'object' || value === null) return null;
  const { prompt_id, version_id, target_model, replication_id } = value as Record<string, unknown>;
  if (typeof prompt_id !== 'string' || typeof target_model !== 'string') return null;
  return {
    promptId: prompt_id,
    versionId: typeof version_id === 'string' ? version_id : null,
    targetModel: target_model,
    replicationId: typeof replication_id === 'string' ? replication_id : null,
  };
}
