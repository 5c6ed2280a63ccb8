import type { PortkeyPrompt, PortkeyPromptInput } from '../../domain/portkey-prompt.js';
import type { ReplicationOptions } from '../../domain/replication.js';
import { withMarker } from './marker.js';

/**
 * The replica of a source: everything of it, on another model. The copy of the model name that Portkey keeps in
 * `parameters` follows; functions, tools and tool_choice come along. Pure.
 */
export function copyOf(
  source: PortkeyPrompt,
  name: string,
  targetModel: string,
  options: ReplicationOptions,
): PortkeyPromptInput {
  const parameters = { ...source.parameters };
  if ('model' in parameters) parameters.model = targetModel;
  return {
    name,
    collectionId: options.collectionId ?? source.collectionId ?? '',
    template: source.template ?? '',
    parameters,
    model: targetModel,
    virtualKey: options.virtualKey ?? source.virtualKey ?? '',
    functions: source.functions,
    tools: source.tools,
    toolChoice: source.toolChoice,
    versionDescription: options.versionDescription ?? source.versionDescription,
    metadata: withMarker(source.metadata, { promptId: source.id, versionId: source.versionId, targetModel }),
  };
}
