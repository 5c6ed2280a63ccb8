import type { PortkeyPrompt, PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type {
  Replication,
  ReplicationAction,
  ReplicationError,
  ReplicationOptions,
} from '../../../domain/replication.js';
import { provenanceOf } from '../copying/replica-content.js';
import { isRaw } from '../copying/verify.js';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = new Set(['name', 'slug', 'model', 'collection']);

/** Returns the unknown placeholders of a template. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map((match) => match[1] ?? '')
    .filter((name) => !KNOWN.has(name));
}

/** Returns true for a template with an unpaired brace. */
export function hasUnpairedBrace(template: string): boolean {
  return /[{}]/.test(template.replace(PLACEHOLDER, ''));
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Returns true for a template that needs collection names. */
export function namesCollection(template: string): boolean {
  return template.includes('{collection}');
}

/**
 * Returns the name of a source's replica. Trims it, because Portkey does not keep white space at the ends.
 * @param collection Name of the source's collection.
 */
export function replicaName(
  template: string,
  source: PortkeyPromptSummary,
  targetModel: string,
  collection: string,
): string {
  const values = new Map([
    ['name', [source.name, source.slug, source.id].find(isText) ?? ''],
    ['slug', isText(source.slug) ? source.slug : source.id],
    ['model', targetModel],
    ['collection', collection],
  ]);
  return template.replace(PLACEHOLDER, (whole, key: string) => values.get(key) ?? whole).trim();
}

/** A source and the name of its replica. */
export interface NamedSource {
  readonly source: PortkeyPromptSummary;
  readonly replicaName: string;
}

/**
 * Names the replicas of the selected prompts. Skips a prompt whose name is the replica name of another selected prompt, so
 * that a second run makes no replicas of replicas. Pure.
 * @param collections Names of collections by id, if the name template needs them.
 */
export function nameReplicas(
  selected: readonly PortkeyPromptSummary[],
  { options: { nameTemplate }, targetModel }: Pick<Replication, 'options' | 'targetModel'>,
  collections: ReadonlyMap<string, string>,
): NamedSource[] {
  const named = selected.map((source) => {
    const { collectionId } = source;
    const collection = typeof collectionId === 'string' ? (collections.get(collectionId) ?? '') : '';
    return { source, replicaName: replicaName(nameTemplate, source, targetModel, collection) };
  });
  const planned = new Set<string>();
  for (const { source, replicaName } of named) {
    // If the template keeps the name of a source, prompts with that name are not assumed to be its replicas.
    if (replicaName !== source.name) planned.add(replicaName);
  }
  return named.filter(({ source }) => typeof source.name !== 'string' || !planned.has(source.name));
}

/** Returns the replica names that more than one source would get. Pure. */
export function clashingNames(items: readonly Pick<NamedSource, 'replicaName'>[]): ReadonlySet<string> {
  const names = new Set<string>();
  const clashing = new Set<string>();
  for (const { replicaName } of items) (names.has(replicaName) ? clashing : names).add(replicaName);
  return clashing;
}

/** Input of the decision about one source. */
export interface Situation {
  readonly source: PortkeyPrompt;
  readonly replicaName: string;
  readonly targetModel: string;
  readonly options: ReplicationOptions;
  /** All prompts that already have the replica's name. */
  readonly namesakes: readonly PortkeyPrompt[];
  /** True if another source of the job would get the same replica name. */
  readonly isClashing: boolean;
  readonly sourceExists: (promptId: string) => boolean;
}

/** `NONE` means that the prompt is a replica, not a source. `error` is the reason why an item cannot be carried out. */
export interface Decision {
  readonly action: ReplicationAction | 'NONE';
  readonly replica: PortkeyPrompt | null;
  readonly error: ReplicationError | null;
}

/** Decides what to do for one source. Pure. */
export function decide({
  source,
  replicaName,
  targetModel,
  options,
  namesakes,
  isClashing,
  sourceExists,
}: Situation): Decision {
  const own = provenanceOf(source);
  // Once its source has been deleted, a replica can be copied to another model, but not to its own.
  const isReplica = own && (sourceExists(own.promptId) || own.targetModel === targetModel);
  if (isReplica) return { action: 'NONE', replica: null, error: null };

  const ofSource = namesakes.filter((namesake) => provenanceOf(namesake)?.promptId === source.id);
  const replica = ofSource.find((namesake) => provenanceOf(namesake)?.targetModel === targetModel);
  if (replica) {
    const isOfVersion = source.versionId === null || provenanceOf(replica)?.versionId === source.versionId;
    const isCurrent = isOfVersion && isRaw(replica) === isRaw(source);
    const action = isCurrent || options.onExisting === 'SKIP' ? 'SKIP' : 'UPDATE';
    return { action, replica, error: action === 'UPDATE' ? missing(source, options, replica) : null };
  }
  const other = ofSource[0];
  if (other) {
    const message = `The prompt "${replicaName}" is the replica for the model ${provenanceOf(other)?.targetModel}. Add the model to the name template, for example {name}-{model}.`;
    return { action: 'CONFLICT', replica: null, error: { code: 'CONFLICT', message } };
  }
  if (namesakes.length > 0) {
    const message = `A prompt named "${replicaName}" exists that is not marked as a replica of this one, or has lost its marker. Rename or delete it, or choose another name template such as {name}-{model}.`;
    return { action: 'CONFLICT', replica: null, error: { code: 'CONFLICT', message } };
  }
  if (replicaName === '') {
    const message = 'The name template produces an empty name. Add {name} to it.';
    return { action: 'CREATE', replica: null, error: { code: 'INVALID', message } };
  }
  if (isClashing) {
    const message =
      `Another selected prompt would also get the replica name "${replicaName}". ` +
      'To tell them apart, add {name}, {slug} or {collection} to the name template.';
    return { action: 'CONFLICT', replica: null, error: { code: 'CONFLICT', message } };
  }
  return { action: 'CREATE', replica: null, error: missing(source, options, null) };
}

/** Returns the error for a value that Portkey requires and neither the source nor the options have. */
function missing(
  source: PortkeyPrompt,
  options: ReplicationOptions,
  replica: PortkeyPrompt | null,
): ReplicationError | null {
  const required = [
    ['collection', replica?.collectionId ?? options.collectionId ?? source.collectionId, 'collectionId'],
    ['virtual key', options.virtualKey ?? source.virtualKey, 'virtualKey'],
  ] as const;
  if (source.template === null)
    return { code: 'INVALID', message: 'The source has no template, so it cannot be copied.' };
  const absent = required.find(([, value]) => !value);
  if (!absent) return null;
  return {
    code: 'REQUIRED',
    message: `The source has no ${absent[0]}, which Portkey requires. Set one in options.${absent[2]}.`,
  };
}
