import { z } from 'zod';

const messages = z.array(z.string());
const named = z.union([
  z.strictObject({ error: z.union([z.string(), messages, z.record(z.string(), messages)]) }),
  z.strictObject({ message: z.string() }),
]);
/** Statuses without a documented body. 413 and 415 are common to all HTTP servers. */
const UNSPECIFIED = new Set([401, 402, 403, 404, 413, 415, 429, 500, 504]);

/**
 * Returns the schema of an error body. Validation reports messages by field, or one `error` or `message`; the vendor's
 * client reads all of them.
 */
export function errorBody(status: number): z.ZodType | null {
  if (status === 422) return z.union([named, z.record(z.string(), messages)]);
  if (status === 400) return named;
  if (status === 426) return z.union([named, z.strictObject({ upgrade: z.string() })]);
  return UNSPECIFIED.has(status) ? z.union([named, z.undefined()]) : null;
}
