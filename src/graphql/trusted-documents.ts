import { readFileSync } from 'node:fs';
import { GraphQLError, type GraphQLSchema, validate } from 'graphql';
import { z } from 'zod';
import type { QueryLimits } from './limits/limits.js';
import { readDocument } from './limits/read-document.js';

/** `only` rejects all other documents. `prefer` executes them too. */
export type TrustMode = 'only' | 'prefer';

/** Thrown if the file of trusted documents cannot be used. The message names the file and all its errors. */
export class TrustedDocumentsError extends Error {
  override readonly name = 'TrustedDocumentsError';
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(`The trusted documents in ${file} cannot be used. ${problems.join(' ')}`);
  }
}

/** Documents that clients may send by id. */
export interface TrustedDocuments {
  readonly mode: TrustMode;
  /** Sources by document id. */
  readonly sources: ReadonlyMap<string, string>;
  /** The same sources, for a lookup by source. */
  readonly sourceSet: ReadonlySet<string>;
}

interface Entry {
  readonly id: string;
  readonly body: string;
}

const id = z.string('must be a string.').min(1, 'must not be empty.');
const body = z.string('must be a string.');
/** Format of Apollo Client's `generate-persisted-query-manifest`. */
const apolloManifest = z
  .object({
    format: z.literal('apollo-persisted-query-manifest', 'must be apollo-persisted-query-manifest.'),
    version: z.literal(1, 'must be 1.'),
    operations: z.array(z.object({ id, body }, 'must be an object.'), 'must be a list.'),
  })
  .transform(({ operations }): readonly Entry[] => operations);
/** Format of relay-compiler's `persistConfig`. */
const relayMap = z
  .record(
    id,
    body,
    'must contain an Apollo manifest, or a JSON object of documents by id, as Relay writes it.',
  )
  .transform((sources): readonly Entry[] => Object.entries(sources).map(([id, body]) => ({ id, body })));

/**
 * Reads a file of trusted documents: an Apollo persisted-query manifest, or Relay's `{ "<id>": "<text>" }`.
 * @throws TrustedDocumentsError unless each document is valid and within the limits that do not depend on variables.
 */
export function readTrustedDocuments(
  { file, mode }: { readonly file: string; readonly mode: TrustMode },
  schema: GraphQLSchema,
  limits: QueryLimits,
): TrustedDocuments {
  const sources = new Map<string, string>();
  const problems: string[] = [];
  for (const { id, body } of entriesOf(file)) {
    const previous = sources.get(id);
    if (previous !== undefined && previous !== body) problems.push(`${id}: Two documents have this id.`);
    problems.push(...problemsOf(body, schema, limits).map((problem) => `${id}: ${problem}`));
    sources.set(id, body);
  }
  if (sources.size === 0) problems.push('The file contains no documents.');
  if (problems.length > 0) throw new TrustedDocumentsError(file, problems);
  return { mode, sources, sourceSet: new Set(sources.values()) };
}

function entriesOf(file: string): readonly Entry[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isUnreadable = error instanceof Error && 'code' in error;
    throw new TrustedDocumentsError(file, [
      isUnreadable ? `The file cannot be read (${error.code}).` : 'The file is not valid JSON.',
    ]);
  }
  const isManifest = typeof content === 'object' && content !== null && 'format' in content;
  const { data, error } = (isManifest ? apolloManifest : relayMap).safeParse(content);
  if (data) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'The file'} ${message}`);
  throw new TrustedDocumentsError(file, problems);
}

function problemsOf(source: string, schema: GraphQLSchema, limits: QueryLimits): readonly string[] {
  const document = readDocument(source, limits);
  if (document instanceof GraphQLError) return [document.message];
  return validate(schema, document).map(({ message }) => message);
}
