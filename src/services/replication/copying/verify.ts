import { isDeepStrictEqual } from 'node:util';
import { ExactNumber } from '../../../domain/exact-number.js';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../../domain/portkey-prompt.js';
import type { ReplicationError } from '../../../domain/replication.js';
import { UpstreamError } from '../../../domain/upstream-error.js';
import { isRecord, isShallow } from '../../../upstream/decode.js';
import { parseJson } from '../../../upstream/json.js';
import { provenanceOf, withoutProvenance } from './replica-content.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const COMPARED = [
  'model',
  'isRawTemplate',
  'template',
  'parameters',
  'functions',
  'tools',
  'toolChoice',
  'metadata',
] as const;

/** Compares a replica with what was sent. Returns the first difference as an error, or null. Pure. */
export function verify(sent: PortkeyPromptInput, replica: PortkeyPrompt): ReplicationError | null {
  const path = difference(sent, replica);
  return path === null ? null : different(path);
}

/** Like {@link verify}, for a version that was just written: also compares the virtual key. Pure. */
export function verifyWritten(sent: PortkeyPromptInput, replica: PortkeyPrompt): ReplicationError | null {
  // For a key that was sent as a UUID, Portkey returns the slug.
  const isComparable = !UUID.test(sent.virtualKey) && typeof replica.virtualKey === 'string';
  if (isComparable && replica.virtualKey !== sent.virtualKey) return different('virtualKey');
  return verify(sent, replica);
}

function different(path: string): ReplicationError {
  return verificationFailed(
    `The replica differs from what was sent at ${path}. Compare the two, then correct or delete the replica.`,
  );
}

/** Returns the error for a field that a new prompt has lost. @param field Its wire name. */
export function notKeptInCreate(field: string): ReplicationError {
  return verificationFailed(
    `Portkey created the replica but did not keep its ${field}. Delete it or correct it, then resume the replication.`,
  );
}

export function verificationFailed(message: string): ReplicationError {
  return { code: 'VERIFICATION_FAILED', message };
}

/**
 * Returns the name of a field that a version has lost although Portkey accepted the request; null if there is none. Checks
 * only fields on which sources about Portkey's API disagree. Pure.
 */
export function lostInUpdate(sent: PortkeyPromptInput, version: PortkeyPrompt): string | null {
  const hasMarker = isDeepStrictEqual(provenanceOf(version), provenanceOf(sent));
  return hasMarker ? lostBesidesMarker(sent, version) : 'prompt_metadata';
}

/** Like {@link lostInUpdate}, without the marker. Pure. */
export function lostBesidesMarker(sent: PortkeyPromptInput, version: PortkeyPrompt): string | null {
  if (isRaw(version) !== isRaw(sent)) return 'is_raw_template';
  const inherited = (['functions', 'tools', 'toolChoice'] as const).find(
    (field) => isNothing(sent[field]) && !isNothing(version[field]),
  );
  return inherited ?? null;
}

/** Returns true for a template that is filled in before it is parsed. Portkey's default is false. */
export function isRaw({ isRawTemplate }: Pick<PortkeyPrompt, 'isRawTemplate'>): boolean {
  return isRawTemplate === true;
}

/** Returns the path of the first difference, such as `parameters.temperature` or `template[0].content`. */
function difference(sent: PortkeyPromptInput, replica: PortkeyPrompt): string | null {
  for (const field of COMPARED) {
    const value = replica[field];
    if (value instanceof UpstreamError) return field;
    const [expected, found] = comparable(field, sent, value);
    const path = differ(expected, withoutModel(field, expected, found, sent.model), field);
    if (path !== null) return path;
  }
  return null;
}

/** Returns both values of a field in comparable form. */
function comparable(
  field: (typeof COMPARED)[number],
  sent: PortkeyPromptInput,
  value: unknown,
): [expected: unknown, found: unknown] {
  if (field === 'isRawTemplate') return [isRaw(sent), value === true];
  if (field === 'metadata') return comparableMetadata(sent[field], value);
  // A raw template is not JSON before it is filled in, so every character counts.
  if (field === 'template' && !sent.isRawTemplate) return [messages(sent[field]), messages(value)];
  return [sent[field], value];
}

/** Ignores keys that Portkey added, and the marker, which names the job and is compared separately. */
function comparableMetadata(
  sent: Readonly<Record<string, unknown>>,
  value: unknown,
): [expected: unknown, found: unknown] {
  const expected = withoutProvenance(sent);
  if (!isRecord(value)) return [expected, value];
  const found = Object.entries(value).filter(([key]) => Object.hasOwn(expected, key));
  return [expected, Object.fromEntries(found)];
}

/** Removes the copy of the model that Portkey may add to the parameters. */
function withoutModel(field: string, expected: unknown, found: unknown, model: string): unknown {
  if (field !== 'parameters' || !isRecord(found) || found.model !== model) return found;
  if (isRecord(expected) && 'model' in expected) return found;
  const { model: _model, ...rest } = found;
  return rest;
}

/** Parses the messages of a chat prompt, because their JSON notation may change. Returns other templates unchanged. */
function messages(template: unknown): unknown {
  if (typeof template !== 'string' || !template.trimStart().startsWith('[')) return template;
  try {
    const parsed = parseJson(template);
    return isShallow(parsed) ? parsed : template;
  } catch {
    return template;
  }
}

/** Returns the path of the first difference of two JSON values. Absent, null and empty are equal. */
function differ(expected: unknown, found: unknown, path: string): string | null {
  if (isNothing(expected) && isNothing(found)) return null;
  if (isRecord(expected) && isRecord(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const inner = differ(own(expected, key), own(found, key), `${path}.${key}`);
      if (inner !== null) return inner;
    }
    return null;
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    for (let index = 0; index < Math.max(expected.length, found.length); index += 1) {
      const inner = differ(expected[index], found[index], `${path}[${index}]`);
      if (inner !== null) return inner;
    }
    return null;
  }
  if (isZero(expected) && isZero(found)) return null;
  return isDeepStrictEqual(expected, found) ? null : path;
}

/** Returns true for zero of either sign, because a server may drop the sign of a negative zero. */
function isZero(value: unknown): boolean {
  return value instanceof ExactNumber ? /^-?0(\.0+)?$/.test(value.text) : value === 0;
}

/** Reads only own properties, because a key can be `__proto__`. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
