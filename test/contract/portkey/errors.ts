import { z } from 'zod';

const CODES: Readonly<Record<number, readonly string[]>> = {
  400: ['AB01'],
  401: ['AB05'],
  402: ['AB09'],
  403: ['AB03'],
  404: ['AB02', 'AB08'],
  409: ['AB07'],
  429: ['AB06'],
  500: ['AB04'],
};

const labelError = z.strictObject({
  error: z.strictObject({
    type: z.string().nullable(),
    message: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** Returns the schema of an error body. It covers the three formats that are documented or recorded. */
export function errorBody(httpStatus: number): z.ZodType | null {
  const codes = CODES[httpStatus];
  if (!codes) return httpStatus === 408 || httpStatus === 412 || httpStatus === 446 ? z.unknown() : null;
  const fields = { message: z.string(), errorCode: z.enum(codes) };
  return z.union([
    z.strictObject({ success: z.literal(false), data: z.strictObject(fields) }),
    z.strictObject(fields),
    labelError,
  ]);
}
