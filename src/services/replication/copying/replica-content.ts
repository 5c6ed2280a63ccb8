import type {
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
} from '../../../domain/portkey-prompt.js';
import type { RecordedPrompt, Replication } from '../../../domain/replication.js';
import { UpstreamError, unwrap } from '../../../domain/upstream-error.js';

/** Fields that a replica takes from its source: content, name and origin. */
const COPIED = [
  'template',
  'isRawTemplate',
  'parameters',
  'functions',
  'tools',
  'toolChoice',
  'metadata',
  'virtualKey',
  'collectionId',
  'versionId',
  'versionDescription',
  'name',
  'model',
] as const satisfies readonly (keyof PortkeyPrompt)[];

/** Returns the error of the first undecodable field that a replica needs; null if there is none. Pure. */
export function unreadable(prompt: PortkeyPrompt): UpstreamError | null {
  for (const field of COPIED) {
    const value = prompt[field];
    if (value instanceof UpstreamError) return value;
  }
  return null;
}

/**
 * Builds the replica of a source: all of its content, for another model. Also changes the copy of the model name that Portkey
 * keeps in `parameters`. Pure.
 * @throws UpstreamError if a field of the replica cannot be decoded.
 */
export function copyOf(
  source: PortkeyPrompt,
  name: string,
  { id, targetModel, options }: Pick<Replication, 'id' | 'targetModel' | 'options'>,
): PortkeyPromptInput {
  const parameters = { ...unwrap(source.parameters) };
  if ('model' in parameters) parameters.model = targetModel;
  return {
    name,
    collectionId: options.collectionId ?? unwrap(source.collectionId) ?? '',
    template: unwrap(source.template) ?? '',
    isRawTemplate: unwrap(source.isRawTemplate),
    parameters,
    model: targetModel,
    virtualKey: options.virtualKey ?? unwrap(source.virtualKey) ?? '',
    functions: unwrap(source.functions),
    tools: unwrap(source.tools),
    toolChoice: unwrap(source.toolChoice),
    versionDescription: options.versionDescription ?? unwrap(source.versionDescription),
    metadata: withProvenance(unwrap(source.metadata), {
      promptId: source.id,
      versionId: unwrap(source.versionId),
      targetModel,
      replicationId: id,
    }),
  };
}

/** Returns the fields of a prompt that a job records. Undecodable fields are null. */
export function toSnapshot({ id, slug, name, model, collectionId }: PortkeyPromptSummary): RecordedPrompt {
  const plain = (value: unknown) => (typeof value === 'string' ? value : null);
  return { id, slug: plain(slug), name: plain(name), model: plain(model), collectionId: plain(collectionId) };
}

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
