import { z } from 'zod';

/** Checks only the headers that the vendor defines, and that the request accepts JSON. */
function checked(shape: Readonly<Record<string, z.ZodType>>): z.ZodType {
  return z.preprocess(
    (headers) =>
      Object.fromEntries(
        Object.entries(Object(headers)).filter(
          ([name]) => name.startsWith('x-') || name === 'accept' || name === 'authorization',
        ),
      ),
    z.strictObject(shape),
  );
}

const accept = z.literal('application/json');

export const headers = checked({
  accept,
  authorization: z.string().min(1),
  /** Without this header, the scope is personal. */
  'x-workspace-id': z
    .string()
    .regex(/^(\d+|all)$/)
    .optional(),
});

export const publicHeaders = checked({ accept, authorization: z.string().optional() });
