import type { PortkeyPrompt } from '../../../src/domain/portkey-prompt.js';
import type { Replication, ReplicationOptions } from '../../../src/domain/replication.js';
import { unwrap } from '../../../src/domain/upstream-error.js';
import { withProvenance } from '../../../src/services/replication/copying/replica-content.js';
import { withDefaults } from '../../../src/services/replication/request.js';

/** Creates a full prompt. `given` overrides its fields. */
export function prompt(id: string, given: Partial<PortkeyPrompt> = {}): PortkeyPrompt {
  return {
    id,
    slug: `pp-${id}`,
    name: id,
    model: 'gpt-4o',
    collectionId: 'collection-1',
    status: 'active',
    createdAt: null,
    updatedAt: null,
    template: 'Say {{word}}',
    variables: ['word'],
    partials: [],
    parameters: { model: 'gpt-4o', temperature: 0.2 },
    virtualKey: 'openai-prod',
    functions: null,
    tools: null,
    toolChoice: null,
    metadata: null,
    isRawTemplate: false,
    version: 1,
    versionId: `${id}-v1`,
    versionDescription: null,
    versionStatus: 'active',
    ...given,
  };
}

/** Creates a replica of the current version of `source`. */
export function replicaOf(source: PortkeyPrompt, targetModel: string, given: Partial<PortkeyPrompt> = {}) {
  const marker = {
    promptId: source.id,
    versionId: unwrap(source.versionId),
    targetModel,
    replicationId: 'job-0',
  };
  return prompt(`${source.id}-replica`, {
    metadata: withProvenance(unwrap(source.metadata), marker),
    ...given,
  });
}

export function options(given: Partial<ReplicationOptions> = {}): ReplicationOptions {
  return withDefaults(given);
}

/** Creates the part of a job that determines the contents of a replica. */
export function job(
  targetModel: string,
  given: Partial<ReplicationOptions> = {},
): Pick<Replication, 'id' | 'targetModel' | 'options'> {
  return { id: 'job-1', targetModel, options: options(given) };
}
