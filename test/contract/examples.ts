import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../../../test/contract/examples/', import.meta.url);

/** Response of an endpoint, or body of a callback. A missing body means an empty one. */
const example = z.union([
  z.strictObject({
    endpoint: z.string().regex(/^(GET|POST|PUT|PATCH|DELETE) \/\S+$/),
    status: z.int(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ callback: z.enum(['prompt', 'prompts', 'tune']), body: z.unknown() }),
]);
const file = z.record(z.string(), example);

export type Example = z.infer<typeof example> & {
  readonly upstream: 'astria' | 'portkey';
  readonly name: string;
};

/** Returns the examples of every file. The name of a file starts with its API. */
export function readExamples(): Example[] {
  return readdirSync(FOLDER).flatMap((fileName) => {
    const upstream = z.enum(['astria', 'portkey']).parse(fileName.split('-')[0]);
    const examples = file.parse(JSON.parse(readFileSync(new URL(fileName, FOLDER), 'utf8')));
    return Object.entries(examples).map(([name, value]) => ({ ...value, upstream, name }));
  });
}

/** Returns the body of the only example with this endpoint and name. */
export function exampleBody(endpoint: string, name: string): unknown {
  const found = readExamples().filter(
    (candidate) => 'endpoint' in candidate && candidate.endpoint === endpoint && candidate.name === name,
  );
  if (found.length !== 1) throw new Error(`${found.length} examples of ${endpoint} are named "${name}".`);
  return found[0]?.body;
}
