import type {
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
} from '../../../domain/portkey-prompt.js';
import type { RecordedPrompt, Replication } from '../../../domain/replication.js';
import { UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import { withProvenance } from './provenance.js';

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
