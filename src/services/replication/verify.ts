import { isDeepStrictEqual } from 'node:util';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../domain/portkey-prompt.js';
import type { ReplicationError } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { isRecord, isShallow } from '../../upstream/decode.js';
import { parseJson } from '../../upstream/json.js';
import { markerOf } from './marker.js';

const COMPARED = [
  'model',
  'isRawTemplate',
  'template',
  'parameters',
  'functions',
  'tools',
  'toolChoice',
] as const;

/** What is wrong with a replica that should hold what was sent; null when it does. Pure. */
export function verify(sent: PortkeyPromptInput, replica: PortkeyPrompt): ReplicationError | null {
  const path = difference(sent, replica);
  if (path === null) return null;
  return verificationFailed(
    `The replica differs from what was sent at ${path}. Compare the two, then correct or delete the replica.`,
  );
}

export function verificationFailed(message: string): ReplicationError {
  return { code: 'VERIFICATION_FAILED', message };
}

/**
 * Names what a version should hold and has lost although Portkey accepted the request; null when it has all of it. Only
 * of fields on which sources about Portkey's API disagree. Pure.
 */
export function lostInUpdate(sent: PortkeyPromptInput, version: PortkeyPrompt): string | null {
  const hasMarker = isDeepStrictEqual(markerOf(version), markerOf(sent));
  return hasMarker ? lostBesidesMarker(sent, version) : 'prompt_metadata';
}

/** The same without the marker. Pure. */
export function lostBesidesMarker(sent: PortkeyPromptInput, version: PortkeyPrompt): string | null {
  if (isRaw(version) !== isRaw(sent)) return 'is_raw_template';
  const inherited = (['functions', 'tools', 'toolChoice'] as const).find(
    (field) => isNothing(sent[field]) && !isNothing(version[field]),
  );
  return inherited ?? null;
}

/** Whether a template is filled before it is parsed. Not told is no, which is Portkey's default. */
export function isRaw({ isRawTemplate }: Pick<PortkeyPrompt, 'isRawTemplate'>): boolean {
  return isRawTemplate === true;
}

/** The place of the first difference, such as `parameters.temperature` or `template[0].content`. */
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

/** Both sides of a field in the notation in which they are compared. */
function comparable(
  field: (typeof COMPARED)[number],
  sent: PortkeyPromptInput,
  value: unknown,
): [expected: unknown, found: unknown] {
  if (field === 'isRawTemplate') return [isRaw(sent), value === true];
  // A raw template is no JSON before it is filled: every character counts.
  if (field === 'template' && !sent.isRawTemplate) return [messages(sent[field]), messages(value)];
  return [sent[field], value];
}

/** Portkey may add its own copy of the model to the parameters. */
function withoutModel(field: string, expected: unknown, found: unknown, model: string): unknown {
  if (field !== 'parameters' || !isRecord(found) || found.model !== model) return found;
  if (isRecord(expected) && 'model' in expected) return found;
  const { model: _model, ...rest } = found;
  return rest;
}

/** The messages of a chat prompt, whose notation as text may change; other templates as they are. */
function messages(template: unknown): unknown {
  if (typeof template !== 'string' || !template.trimStart().startsWith('[')) return template;
  try {
    const parsed = parseJson(template);
    return isShallow(parsed) ? parsed : template;
  } catch {
    return template;
  }
}

/** Where two JSON values differ first; absent, null and empty are the same. */
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
  return isDeepStrictEqual(expected, found) ? null : path;
}

/** Not what an object inherits: a key can be `__proto__`. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
