import { z } from 'zod';

/** One request and its response, as the sandbox publishes them. */
export const exchange = z.object({
  upstream: z.enum(['astria', 'portkey']),
  method: z.string(),
  /** Relative to the base URL of the API, still percent-encoded. */
  path: z.string(),
  query: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  /** Whether an injected fault changed the response. */
  fault: z.boolean(),
  status: z.int(),
  responseText: z.string(),
  contentType: z.string(),
});

/** A callback of Astria, as the sandbox publishes it. */
export const callback = z.object({ kind: z.enum(['prompt', 'tune', 'prompts']), body: z.unknown() });

export type Exchange = z.infer<typeof exchange>;
