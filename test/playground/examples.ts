import { readFileSync } from 'node:fs';
import { getOperationAST, parse } from 'graphql';
import { until } from '../support/gateway.js';
import type { Playground, ShownAnswer } from './playground.js';

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

/** Goes to a ready-made tab that nobody has changed. */
export async function openExample(playground: Playground, { tab, query }: ExampleFiles): Promise<void> {
  await playground.openTab(tab);
  await until(
    () => playground.text('query'),
    (text) => text === query,
  );
}

/** Runs a ready-made tab as it stands. */
export async function runExample(playground: Playground, example: ExampleFiles): Promise<ShownAnswer> {
  await openExample(playground, example);
  return playground.run();
}
