import { readFileSync } from 'node:fs';
import { getOperationAST, parse } from 'graphql';
import { until } from '../support/gateway.js';
import type { Playground, ShownAnswer } from './playground.js';

/** Contents of an example tab, as in its files. */
export interface ExampleFiles {
  /** Title of the tab, which is the name of its operation. */
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

/** Example tabs, from left to right. */
export const EXAMPLES = {
  browse: example('browse'),
  create: example('create'),
  duplicate: example('duplicate'),
  library: example('library'),
  dryRun: example('dry-run', 'replicate'),
  replicate: example('replicate'),
  watch: example('watch'),
} as const;

/** Opens an unchanged example tab. */
export async function openExample(playground: Playground, { tab, query }: ExampleFiles): Promise<void> {
  await playground.openTab(tab);
  await until(
    () => playground.text('query'),
    (text) => text === query,
  );
}

/** Runs an unchanged example tab. */
export async function runExample(playground: Playground, example: ExampleFiles): Promise<ShownAnswer> {
  await openExample(playground, example);
  return playground.run();
}
