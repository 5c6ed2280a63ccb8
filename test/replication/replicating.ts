import { z } from 'zod';
import type { RecordedRequest, Sandbox } from '../../src/sandbox/index.js';
import {
  type PortkeyPrompt,
  type PromptVersion,
  publishedVersion,
} from '../../src/sandbox/portkey/records.js';
import { type Answer, type TestGateway, until } from '../support/gateway.js';

const errorFields = z.object({ code: z.string(), message: z.string() });
const prompt = z.object({ id: z.string(), slug: z.string(), name: z.string(), model: z.string().nullable() });
const item = z.object({
  source: z.object({ id: z.string(), name: z.string() }),
  action: z.string(),
  status: z.string(),
  replicaName: z.string(),
  replica: prompt.nullable(),
  error: errorFields.nullable(),
  attempts: z.number(),
});
const job = z.object({
  id: z.string(),
  status: z.string(),
  targetModel: z.string(),
  dryRun: z.boolean(),
  error: errorFields.nullable(),
  waitsFor: z.string().nullable(),
  throughput: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  counts: z.record(z.string(), z.number()),
  items: z.object({ totalCount: z.number(), nodes: z.array(item) }).transform(({ nodes }) => nodes),
});
const payload = z.object({
  replication: job.nullable(),
  userErrors: z.array(errorFields.extend({ field: z.array(z.string()).nullable() })),
});

export type Item = z.output<typeof item>;
export type Job = z.output<typeof job>;
export type Payload = z.output<typeof payload>;

export const JOB_FIELDS = `
  id status targetModel dryRun error { code message } waitsFor throughput etaSeconds createdAt startedAt finishedAt
  counts { total created updated skipped failed pending undone }
  items(first: 500) {
    totalCount
    nodes {
      source { id name } action status replicaName replica { id slug name model } error { code message } attempts
    }
  }`;

export const REPLICATE = `
  mutation ($targetModel: String!, $selection: PromptSelectionInput, $options: ReplicationOptionsInput,
    $dryRun: Boolean, $awaitSeconds: Int) {
    replicatePrompts(targetModel: $targetModel, selection: $selection, options: $options,
      dryRun: $dryRun, awaitSeconds: $awaitSeconds) {
      replication { ${JOB_FIELDS} }
      userErrors { code message field }
    }
  }`;

export interface Variables {
  readonly targetModel?: string;
  readonly selection?: Record<string, unknown>;
  readonly options?: Record<string, unknown>;
  readonly dryRun?: boolean;
  readonly awaitSeconds?: number;
}

/** Returns the raw response of the mutation. By default the target is gpt-5 and the call waits for the end of the job. */
export function ask(
  gateway: TestGateway,
  variables: Variables = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return gateway.graphql(REPLICATE, { targetModel: 'gpt-5', awaitSeconds: 60, ...variables }, headers);
}

/** Returns the payload of the mutation. Throws on a top-level error. */
export async function propose(...args: Parameters<typeof ask>): Promise<Payload> {
  const { data, errors } = await ask(...args);
  if (errors) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
  return z.object({ replicatePrompts: payload }).parse(data).replicatePrompts;
}

/** Returns the job that was started. Throws on a user error. */
export async function replicate(...args: Parameters<typeof ask>): Promise<Job> {
  const { replication, userErrors } = await propose(...args);
  if (!replication) throw new Error(`unexpected user errors: ${JSON.stringify(userErrors)}`);
  return replication;
}

/** Returns the job from `replication(id)`. */
export async function readJob(
  gateway: TestGateway,
  id: string,
  headers: Record<string, string> = {},
): Promise<Job | null> {
  const query = `query ($id: ID!) { replication(id: $id) { ${JOB_FIELDS} } }`;
  const { data, errors } = await gateway.graphql(query, { id }, headers);
  if (errors) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
  return z.object({ replication: job.nullable() }).parse(data).replication;
}

const named = z.object({ id: z.string(), name: z.string() });
const undone = payload.extend({
  deleted: z.array(named),
  kept: z.array(named.extend({ reason: z.string() })),
});

const jobMutation = (mutation: string, more = '') => `mutation ($id: ID!) {
  ${mutation}(id: $id) { replication { ${JOB_FIELDS} } ${more} userErrors { code message field } } }`;

async function runJobMutation(
  gateway: Pick<TestGateway, 'graphql'>,
  mutation: string,
  [id, headers]: readonly [id: string, headers?: Record<string, string>],
  more?: string,
): Promise<unknown> {
  const { data, errors } = await gateway.graphql(jobMutation(mutation, more), { id }, headers);
  if (errors) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
  return z.record(z.string(), z.unknown()).parse(data)[mutation];
}

type JobArguments = [id: string, headers?: Record<string, string>];

/** Calls `cancelReplication`. */
export async function cancel(gateway: Pick<TestGateway, 'graphql'>, ...args: JobArguments): Promise<Payload> {
  return payload.parse(await runJobMutation(gateway, 'cancelReplication', args));
}

/** Calls `resumeReplication`. */
export async function resume(gateway: Pick<TestGateway, 'graphql'>, ...args: JobArguments): Promise<Payload> {
  return payload.parse(await runJobMutation(gateway, 'resumeReplication', args));
}

/** Calls `undoReplication`. */
export async function undo(gateway: Pick<TestGateway, 'graphql'>, ...args: JobArguments) {
  return undone.parse(
    await runJobMutation(gateway, 'undoReplication', args, 'deleted { id name } kept { id name reason }'),
  );
}

/** Reads a job until it has ended. */
export async function ended(gateway: TestGateway, id: string): Promise<Job> {
  const last = await until(
    () => readJob(gateway, id),
    (read) => read !== null && read.finishedAt !== null,
  );
  if (!last) throw new Error('there is no such job');
  return last;
}

/** Requests that change something at Portkey. */
export function writes(sandbox: Sandbox): RecordedRequest[] {
  return sandbox.requests({ upstream: 'portkey' }).filter(({ method }) => method !== 'GET');
}

/** Number of create requests sent to Portkey. */
export function creates(sandbox: Sandbox): number {
  return sandbox.requests({ upstream: 'portkey', method: 'POST', path: '/prompts' }).length;
}

/** Prompts of the main account at Portkey. */
export function library(sandbox: Sandbox): PortkeyPrompt[] {
  return [...sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
}

/** Sorted names of the main account's prompts at Portkey, duplicates included. */
export function names(sandbox: Sandbox): string[] {
  return library(sandbox)
    .map(({ name }) => name)
    .sort();
}

/** Returns the only prompt at Portkey with this name, and its published version. */
export function upstream(sandbox: Sandbox, name: string): PortkeyPrompt & { version: PromptVersion } {
  const found = library(sandbox).filter((candidate) => candidate.name === name);
  const [only] = found;
  if (found.length !== 1 || !only) throw new Error(`${found.length} prompts are named ${name}`);
  return { ...only, version: publishedVersion(only) };
}

/** Items of a job by source name. */
export function bySource(job: Job): Map<string, Item> {
  return new Map(job.items.map((each) => [each.source.name, each]));
}

/** Formats each item of a job as a line such as `a: CREATE CREATED`. An error code follows if there is one. */
export function lines(job: Job): string[] {
  return job.items
    .map(({ source, action, status, error }) =>
      [`${source.name}:`, action, status, error?.code].filter(Boolean).join(' '),
    )
    .sort();
}
