import { z } from 'zod';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import { badResponse } from './failures.js';

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
  const { path, reason } = complaint(result.error.issues);
  const field = path.length > 0 ? path.join('.') : null;
  from.log.error({ upstream: from.upstream, endpoint: from.endpoint, field, reason }, 'unexpected answer');
  const place = field === null ? 'the body as a whole' : `the field ${field}`;
  throw badResponse(from.upstream, `${place} is not as documented`, {
    outcomeUnknown: from.isWrite ?? false,
  });
}

interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly reason: string | undefined;
}

/** The first complaint; where several shapes were possible, that about the one which the value comes closest to. */
function complaint([issue]: readonly z.core.$ZodIssue[]): Complaint {
  const found = { path: issue?.path ?? [], reason: issue?.code };
  if (issue?.code !== 'invalid_union') return found;
  const inner = issue.errors.map(complaint).sort((a, b) => b.path.length - a.path.length)[0];
  return inner?.path.length ? { ...inner, path: [...found.path, ...inner.path] } : found;
}

/** Text or nothing; absent and null are the same. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
/** A whole number of up to 53 bits, or nothing. */
export const longInteger = z
  .int()
  .nullish()
  .transform((value) => value ?? null);
/** A whole number that fits GraphQL's Int, or nothing. */
export const integer = z
  .int32()
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
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A date and a time that do not tell their zone, which Date would take for this machine's. */
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/;

/** A point in time in any notation that Date understands (in UTC where it does not say), as RFC 3339; or nothing. */
export const time = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return null;
    // Most of them are in this notation already, and lists hold hundreds.
    if (typeof value === 'string' && RFC_3339_UTC.test(value)) return value;
    const date = new Date(typeof value === 'string' ? value.replace(WITHOUT_ZONE, '$1T$2Z') : value);
    if (!Number.isNaN(date.getTime())) return date.toISOString();
    context.addIssue({ code: 'custom', message: 'not a point in time' });
    return z.NEVER;
  });
