import { isDeepStrictEqual } from 'node:util';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../domain/portkey-prompt.js';
import type { ReplicationError } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { isShallow } from '../../upstream/decode.js';

const COMPARED = ['model', 'template', 'parameters', 'functions', 'tools', 'toolChoice'] as const;

/** What is wrong with a replica that should hold what was sent; null when it does. Pure. */
export function verify(sent: PortkeyPromptInput, replica: PortkeyPrompt): ReplicationError | null {
  const path = difference(sent, replica);
  if (path === null) return null;
  const message = `the replica differs from what was sent at ${path}: look at it, then delete or mend it`;
  return { code: 'VERIFICATION_FAILED', message };
}

/** The place of the first difference, such as `parameters.temperature` or `template[0].content`. */
function difference(sent: PortkeyPromptInput, replica: PortkeyPrompt): string | null {
  for (const field of COMPARED) {
    const value = replica[field];
    if (value instanceof UpstreamError) return field;
    const [expected, found] =
      field === 'template' ? [messages(sent[field]), messages(value)] : [sent[field], value];
    const path = differ(expected, withoutModel(field, expected, found, sent.model), field);
    if (path !== null) return path;
  }
  return null;
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
    const parsed: unknown = JSON.parse(template);
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
      const inner = differ(expected[key], found[key], `${path}.${key}`);
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

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
