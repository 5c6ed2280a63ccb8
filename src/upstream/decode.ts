import { z } from 'zod';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import { badResponse } from './http-client.js';

/**
 * Reads an upstream's answer by its documented shape; unknown extra fields are ignored.
 * @throws UpstreamError `BAD_RESPONSE`, and logs the endpoint and the field.
 */
export function decode<S extends z.ZodType>(
  schema: S,
  value: unknown,
  from: { upstream: Upstream; endpoint: string; log: Log; isWrite?: boolean },
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'the body as a whole';
  from.log.error(
    { upstream: from.upstream, endpoint: from.endpoint, field, reason: issue?.code },
    'unexpected answer',
  );
  throw badResponse(from.upstream, `the field ${field} is not as documented`, {
    outcomeUnknown: from.isWrite ?? false,
  });
}

/** Text or nothing; absent and null are the same. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
/** A number or nothing. */
export const number = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
/** A whole number or nothing. */
export const integer = z
  .int()
  .nullish()
  .transform((value) => value ?? null);
/** True, false or nothing. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
/** Texts; nothing is none. */
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
/** A point in time in any notation that Date understands, as RFC 3339 in UTC; or nothing. */
export const time = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return null;
    const date = new Date(value);
    if (!Number.isNaN(date.getTime())) return date.toISOString();
    context.addIssue({ code: 'custom', message: 'not a point in time' });
    return z.NEVER;
  });
