import { z } from 'zod';

/** Request and response that the sandbox publishes. */
export const exchange = z.object({
  upstream: z.enum(['astria', 'portkey']),
  method: z.string(),
  /** Path relative to the base URL of the API, still percent-encoded. */
  path: z.string(),
  query: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  /** True if an injected fault changed the response. */
  fault: z.boolean(),
  status: z.int(),
  responseText: z.string(),
  contentType: z.string(),
});

/** Callback of Astria that the sandbox publishes. */
export const callback = z.object({ kind: z.enum(['prompt', 'tune', 'prompts']), body: z.unknown() });

export type Exchange = z.infer<typeof exchange>;
