import { z } from 'zod';
import { isJsonObject } from '../lossless-json.js';
import type { UpstreamRequest } from '../response.js';
import { refusal } from './errors.js';
import type { Owner } from './records.js';
import type { PortkeyState } from './state.js';

/** An authenticated request. */
export interface Call {
  state: PortkeyState;
  owner: Owner;
  params: Record<string, string>;
  request: UpstreamRequest;
}

/** Returns the body after validating it. A missing body counts as {}. @throws Refusal AB01 with all problems. */
export function readBody<T>(call: Call, schema: z.ZodType<T>): T {
  const { body } = call.request;
  if (body.kind === 'invalid') throw refusal('AB01', body.message);
  if (body.kind === 'form') throw refusal('AB01', 'body must be JSON');
  const result = schema.safeParse(body.kind === 'json' ? body.value : {});
  if (result.success) return result.data;
  throw refusal('AB01', `Validation failed: ${result.error.issues.map(describeIssue).join('; ')}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown field: ${issue.keys.join(', ')}`;
  return `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`;
}

/** Rejects query parameters that the endpoint does not document. @throws Refusal */
export function refuseUnknownQuery(call: Call, known: readonly string[]): void {
  const unknown = [...new Set(call.request.query.keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw refusal('AB01', `Validation failed: unknown query parameter: ${unknown.join(', ')}`);
}

export const nonEmptyString = z.string().trim().min(1, 'must not be empty');

/** Free-form JSON object with all its keys. A zod record would drop the key `__proto__`. */
export const jsonObject = z.custom<Record<string, unknown>>(isJsonObject, 'must be an object');
