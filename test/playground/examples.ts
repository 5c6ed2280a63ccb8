import { readFileSync } from 'node:fs';
import { getOperationAST, parse } from 'graphql';

/** A ready-made tab as its files have it. */
export interface ExampleFiles {
  /** What the tab says: the name of its operation. */
  readonly tab: string;
  readonly query: string;
  readonly variables: string;
}

const FOLDER = new URL('../../../playground/examples/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');

function example(file: string, variables = file): ExampleFiles {
  const query = read(`${file}.graphql`);
  const tab = getOperationAST(parse(query))?.name?.value ?? '';
  return { tab, query, variables: read(`${variables}.json`).trim() };
}

/** The ready-made tabs, from the left. */
export const EXAMPLES = {
  browse: example('browse'),
  create: example('create'),
  duplicate: example('duplicate'),
  library: example('library'),
  dryRun: example('dry-run', 'replicate'),
  replicate: example('replicate'),
  watch: example('watch'),
} as const;
