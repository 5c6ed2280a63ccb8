import { z } from 'zod';

const common = {
  'x-portkey-api-key': z.string().min(1),
  'x-portkey-trace-id': z.string().optional(),
};

const metadata = z.string().refine(isStringMap, 'must be a JSON object of strings of at most 128 characters');

function isStringMap(text: string): boolean {
  try {
    return z.record(z.string(), z.string().max(128)).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** Checks only headers of the vendor, not those of HTTP. */
function vendorHeaders(shape: Readonly<Record<string, z.ZodType>>): z.ZodType {
  return z.preprocess(
    (headers) =>
      Object.fromEntries(Object.entries(Object(headers)).filter(([name]) => name.startsWith('x-'))),
    z.strictObject(shape),
  );
}

export const managementHeaders = vendorHeaders(common);
export const inferenceHeaders = vendorHeaders({
  ...common,
  'x-portkey-metadata': metadata.optional(),
  'x-portkey-request-timeout': z.string().regex(/^\d+$/).optional(),
  'x-portkey-cache-force-refresh': z.string().optional(),
  'x-portkey-cache-namespace': z.string().optional(),
  'x-portkey-config': z.string().optional(),
  'x-portkey-provider': z.string().optional(),
  'x-portkey-virtual-key': z.string().optional(),
  'x-portkey-strict-open-ai-compliance': z.enum(['true', 'false']).optional(),
});
