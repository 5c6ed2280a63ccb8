import type {
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
} from '../../../domain/portkey-prompt.js';
import type { RecordedPrompt, Replication } from '../../../domain/replication.js';
import { told, UpstreamError } from '../../../domain/upstream-error.js';
import { withMarker } from './marker.js';

/** Fields that a replica takes from its source: its content, its name and its origin. */
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

/** Returns the error of the first field that a replica needs and that cannot be read; null if there is none. Pure. */
export function unreadable(prompt: PortkeyPrompt): UpstreamError | null {
  for (const field of COPIED) {
    const value = prompt[field];
    if (value instanceof UpstreamError) return value;
  }
  return null;
}

/**
 * Builds the replica of a source: all of it, for another model. The copy of the model name that Portkey keeps in
 * `parameters` changes too. Pure.
 * @throws UpstreamError if a field that the replica would hold cannot be read.
 */
export function copyOf(
  source: PortkeyPrompt,
  name: string,
  { id, targetModel, options }: Pick<Replication, 'id' | 'targetModel' | 'options'>,
): PortkeyPromptInput {
  const parameters = { ...told(source.parameters) };
  if ('model' in parameters) parameters.model = targetModel;
  return {
    name,
    collectionId: options.collectionId ?? told(source.collectionId) ?? '',
    template: told(source.template) ?? '',
    isRawTemplate: told(source.isRawTemplate),
    parameters,
    model: targetModel,
    virtualKey: options.virtualKey ?? told(source.virtualKey) ?? '',
    functions: told(source.functions),
    tools: told(source.tools),
    toolChoice: told(source.toolChoice),
    versionDescription: options.versionDescription ?? told(source.versionDescription),
    metadata: withMarker(told(source.metadata), {
      promptId: source.id,
      versionId: told(source.versionId),
      targetModel,
      replicationId: id,
    }),
  };
}

/** Returns the fields of a prompt that a job records. Fields that cannot be read are null. */
export function toSnapshot({ id, slug, name, model, collectionId }: PortkeyPromptSummary): RecordedPrompt {
  const plain = (value: unknown) => (typeof value === 'string' ? value : null);
  return { id, slug: plain(slug), name: plain(name), model: plain(model), collectionId: plain(collectionId) };
}
