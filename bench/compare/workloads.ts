import { KNOWN_TUNE } from './library.js';

/** Operation that clients send repeatedly. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const W1 = `query PromptsWithTune($first: Int!) {
  prompts(first: $first) {
    nodes { id text negativePrompt status images seed createdAt tune { id title } }
  }
}`;
const W2 = `query TemplatesOfLibrary($first: Int!) {
  portkeyPrompts(first: $first) { nodes { id name model template } }
}`;
const W3 =
  'query OneTune($id: ID!) { tune(id: $id) { id title className status branch createdAt trainedAt } }';

/** Builds the workload that reads image prompts with their tunes. */
export function promptsWithTune(first: number): Workload {
  return { name: 'W1', title: `${first} prompts, the tune of each`, query: W1, variables: { first } };
}

/** Builds the workload that reads Portkey prompts with their templates. */
export function templates(first: number): Workload {
  return { name: 'W2', title: `${first} Portkey prompts with template`, query: W2, variables: { first } };
}

export const ONE_TUNE = {
  name: 'W3',
  title: 'one tune by id',
  query: W3,
  variables: { id: String(KNOWN_TUNE) },
} satisfies Workload;

const typename: Workload = { name: 'W4', title: '`{ __typename }`', query: '{ __typename }', variables: {} };

export const WORKLOADS: readonly Workload[] = [promptsWithTune(100), templates(50), ONE_TUNE, typename];
