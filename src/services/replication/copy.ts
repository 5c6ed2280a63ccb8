import type { PortkeyPrompt, PortkeyPromptInput } from '../../domain/portkey-prompt.js';
import type { Replication } from '../../domain/replication.js';
import { told } from '../../domain/upstream-error.js';
import { withMarker } from './marker.js';

/**
 * The replica of a source: everything of it, on another model. The copy of the model name that Portkey keeps in
 * `parameters` follows; functions, tools and tool_choice come along. Pure.
 * @throws UpstreamError where the source cannot be read in something that the replica would hold.
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
