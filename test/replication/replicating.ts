import { z } from 'zod';
import type { RecordedRequest, Sandbox } from '../../src/sandbox/index.js';
import {
  type PortkeyPrompt,
  type PromptVersion,
  publishedVersion,
} from '../../src/sandbox/portkey/records.js';
import { type Answer, type TestGateway, until } from '../support/gateway.js';

const fault = z.object({ code: z.string(), message: z.string() });
const prompt = z.object({ id: z.string(), slug: z.string(), name: z.string(), model: z.string().nullable() });
const item = z.object({
  source: z.object({ id: z.string(), name: z.string() }),
  action: z.string(),
  status: z.string(),
  replicaName: z.string(),
  replica: prompt.nullable(),
  error: fault.nullable(),
  attempts: z.number(),
});
const job = z.object({
  id: z.string(),
  status: z.string(),
  targetModel: z.string(),
  dryRun: z.boolean(),
  error: fault.nullable(),
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
  userErrors: z.array(fault.extend({ field: z.array(z.string()).nullable() })),
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

/** The mutation's answer as it is; the target is gpt-5 and the end is waited for unless told otherwise. */
export function ask(
  gateway: TestGateway,
  variables: Variables = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return gateway.graphql(REPLICATE, { targetModel: 'gpt-5', awaitSeconds: 60, ...variables }, headers);
}

/** The mutation's payload; there must be no top-level error. */
export async function propose(...args: Parameters<typeof ask>): Promise<Payload> {
  const { data, errors } = await ask(...args);
  if (errors) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
  return z.object({ replicatePrompts: payload }).parse(data).replicatePrompts;
}

/** The job that was started; there must be no user error. */
export async function replicate(...args: Parameters<typeof ask>): Promise<Job> {
  const { replication, userErrors } = await propose(...args);
  if (!replication) throw new Error(`unexpected user errors: ${JSON.stringify(userErrors)}`);
  return replication;
}

/** The job as `replication(id)` shows it. */
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

const STEER = (mutation: string, more = '') => `mutation ($id: ID!) {
  ${mutation}(id: $id) { replication { ${JOB_FIELDS} } ${more} userErrors { code message field } } }`;

async function steer(
  gateway: Pick<TestGateway, 'graphql'>,
  mutation: string,
  [id, headers]: readonly [id: string, headers?: Record<string, string>],
  more?: string,
): Promise<unknown> {
  const { data, errors } = await gateway.graphql(STEER(mutation, more), { id }, headers);
  if (errors) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
  return z.record(z.string(), z.unknown()).parse(data)[mutation];
}

type Steered = [id: string, headers?: Record<string, string>];

/** `cancelReplication` */
export async function cancel(gateway: Pick<TestGateway, 'graphql'>, ...args: Steered): Promise<Payload> {
  return payload.parse(await steer(gateway, 'cancelReplication', args));
}

/** `resumeReplication` */
export async function resume(gateway: Pick<TestGateway, 'graphql'>, ...args: Steered): Promise<Payload> {
  return payload.parse(await steer(gateway, 'resumeReplication', args));
}

/** `undoReplication` */
export async function undo(gateway: Pick<TestGateway, 'graphql'>, ...args: Steered) {
  return undone.parse(
    await steer(gateway, 'undoReplication', args, 'deleted { id name } kept { id name reason }'),
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

/** Calls that change something at Portkey. */
export function writes(sandbox: Sandbox): RecordedRequest[] {
  return sandbox.requests({ upstream: 'portkey' }).filter(({ method }) => method !== 'GET');
}

/** How many creates were sent to Portkey. */
export function creates(sandbox: Sandbox): number {
  return sandbox.requests({ upstream: 'portkey', method: 'POST', path: '/prompts' }).length;
}

/** The main account's prompts at Portkey. */
export function library(sandbox: Sandbox): PortkeyPrompt[] {
  return [...sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
}

/** The names of the main account's prompts at Portkey, sorted; doubles show. */
export function names(sandbox: Sandbox): string[] {
  return library(sandbox)
    .map(({ name }) => name)
    .sort();
}

/** The one prompt at Portkey with a name, with its published version. */
export function upstream(sandbox: Sandbox, name: string): PortkeyPrompt & { version: PromptVersion } {
  const found = library(sandbox).filter((candidate) => candidate.name === name);
  const [only] = found;
  if (found.length !== 1 || !only) throw new Error(`${found.length} prompts are named ${name}`);
  return { ...only, version: publishedVersion(only) };
}

/** The items of a job by the name of their source. */
export function bySource(job: Job): Map<string, Item> {
  return new Map(job.items.map((each) => [each.source.name, each]));
}

/** Each item of a job in a line: `a: CREATE CREATED`, with its error's code. */
export function lines(job: Job): string[] {
  return job.items
    .map(({ source, action, status, error }) =>
      [`${source.name}:`, action, status, error?.code].filter(Boolean).join(' '),
    )
    .sort();
}
