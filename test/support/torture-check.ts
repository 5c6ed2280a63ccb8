import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Sandbox } from '../../src/sandbox/index.js';
import { type PortkeyPrompt, publishedVersion } from '../../src/sandbox/portkey/records.js';
import { library } from '../replication/replicating.js';
import type { TestGateway } from './gateway.js';

const marked = z.object({
  replicated_from: z.object({ prompt_id: z.string(), target_model: z.string(), replication_id: z.string() }),
});
const errorRecord = z.object({ code: z.string(), message: z.string() }).nullable();
const item = z.object({
  status: z.string(),
  action: z.string(),
  attempts: z.number(),
  replicaName: z.string(),
  error: errorRecord,
  source: z.object({ id: z.string() }),
  replica: z.object({ id: z.string(), name: z.string().nullable(), model: z.string().nullable() }).nullable(),
});
const items = z.object({
  totalCount: z.number(),
  nodes: z.array(item),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
const job = z.object({ status: z.string(), error: errorRecord, counts: z.record(z.string(), z.number()) });

type RecordedJob = z.output<typeof job>;
type RecordedItem = z.output<typeof item>;

const JOB = `query ($id: ID!) {
  replication(id: $id) { status error { code message } counts { total created updated skipped failed pending } }
}`;
const ITEMS = `query ($id: ID!, $after: String) {
  replication(id: $id) {
    items(first: 100, after: $after) {
      totalCount
      nodes {
        status action attempts replicaName error { code message }
        source { id }
        replica { id name model }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Reads a job from a gateway. @throws Error if the job is unknown or the gateway does not respond. */
export async function readRecord(gateway: Pick<TestGateway, 'graphql'>, id: string): Promise<RecordedJob> {
  const { data, errors } = await gateway.graphql(JOB, { id });
  if (errors) throw new Error(`Unexpected errors: ${JSON.stringify(errors)}`);
  return z.object({ replication: job }).parse(data).replication;
}

/** Reads all items of a job page by page. */
async function readItems(gateway: Pick<TestGateway, 'graphql'>, id: string): Promise<RecordedItem[]> {
  const read: RecordedItem[] = [];
  for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
    const { data, errors } = await gateway.graphql(ITEMS, { id, after });
    if (errors) throw new Error(`Unexpected errors: ${JSON.stringify(errors)}`);
    const page: z.output<typeof items> = z.object({ replication: z.object({ items }) }).parse(data)
      .replication.items;
    read.push(...page.nodes);
    if (page.pageInfo.hasNextPage && page.nodes.length === 0) throw new Error('A page of items is empty.');
    ({ hasNextPage, endCursor: after } = page.pageInfo);
  }
  return read;
}

/** Returns the replicas at the upstream by the source in their marker. */
export function replicasBySource(sandbox: Sandbox): Map<string, PortkeyPrompt[]> {
  const replicas = new Map<string, PortkeyPrompt[]>();
  for (const prompt of library(sandbox)) {
    const marker = marked.safeParse(publishedVersion(prompt).template_metadata);
    if (!marker.success) continue;
    const { prompt_id: sourceId } = marker.data.replicated_from;
    replicas.set(sourceId, [...(replicas.get(sourceId) ?? []), prompt]);
  }
  return replicas;
}

/** Returns the number of prompts at the upstream without the sources. */
export function countReplicas(sandbox: Sandbox, sources: readonly PortkeyPrompt[]): number {
  return library(sandbox).length - sources.length;
}

/** State that a finished job has left behind. */
export interface Aftermath {
  readonly sandbox: Sandbox;
  readonly gateway: Pick<TestGateway, 'graphql'>;
  readonly id: string;
  readonly sources: readonly PortkeyPrompt[];
  readonly targetModel: string;
}

/** Returns all disagreements between the expected state, the upstream and the store. Empty if the test passes. */
export async function disagreements(aftermath: Aftermath): Promise<string[]> {
  return [...upstreamProblems(aftermath), ...(await recordProblems(aftermath))];
}

/** Returns the disagreements after every source has changed and the replicas were updated. */
export async function updateDisagreements(aftermath: Aftermath): Promise<string[]> {
  const { sandbox, gateway, id, sources } = aftermath;
  const replicas = replicasBySource(sandbox);
  const problems = sources.flatMap((source) => {
    const [replica] = replicas.get(source.id) ?? [];
    if (!replica) return [`${source.name} has no replica`];
    return replicaProblems(source, replica, { ...aftermath, versions: 2 });
  });
  const made = countReplicas(sandbox, sources);
  if (made !== sources.length) problems.push(`${made} prompts were made for ${sources.length} sources`);
  const { status, error, counts } = await readRecord(gateway, id);
  if (status !== 'COMPLETED' || error) problems.push(`the update is ${status} ${JSON.stringify(error)}`);
  if (counts.updated !== sources.length) problems.push(`the update counts ${JSON.stringify(counts)}`);
  return problems;
}

/** Checks that the upstream has exactly one correct replica per source and nothing else. */
function upstreamProblems({ sandbox, id, sources, targetModel }: Aftermath): string[] {
  const replicas = replicasBySource(sandbox);
  const problems = sources.flatMap((source) => {
    const [replica, ...doubles] = replicas.get(source.id) ?? [];
    if (!replica) return [`${source.name} has no replica`];
    if (doubles.length > 0) return [`${source.name} has ${1 + doubles.length} replicas`];
    return replicaProblems(source, replica, { id, targetModel, versions: 1 });
  });
  const made = countReplicas(sandbox, sources);
  if (made !== sources.length) problems.push(`${made} prompts were made for ${sources.length} sources`);
  return problems;
}

function replicaProblems(
  source: PortkeyPrompt,
  replica: PortkeyPrompt,
  { id, targetModel, versions }: Pick<Aftermath, 'id' | 'targetModel'> & { readonly versions: number },
): string[] {
  const [from, to] = [publishedVersion(source), publishedVersion(replica)];
  const marker = marked.parse(to.template_metadata).replicated_from;
  const expected = [
    [replica.name, `${source.name}-replica`],
    [replica.workspace_id, source.workspace_id],
    [replica.versions.length, versions],
    [to.model, targetModel],
    [to.string, from.string],
    [to.parameters, { ...from.parameters, model: targetModel }],
    [to.virtual_key, from.virtual_key],
    [marker.target_model, targetModel],
    [marker.replication_id, id],
  ];
  return expected
    .filter(([is, shouldBe]) => !isDeepStrictEqual(is, shouldBe))
    .map(
      ([is, shouldBe]) =>
        `the replica of ${source.name} has ${JSON.stringify(is)} for ${JSON.stringify(shouldBe)}`,
    );
}

/** Checks that every item is created and names the replica at the upstream. */
async function recordProblems({ sandbox, gateway, id, sources }: Aftermath): Promise<string[]> {
  const { status, error, counts } = await readRecord(gateway, id);
  const recorded = await readItems(gateway, id);
  const problems: string[] = [];
  const expected = {
    total: sources.length,
    created: sources.length,
    updated: 0,
    skipped: 0,
    failed: 0,
    pending: 0,
  };
  if (status !== 'COMPLETED' || error) problems.push(`the job is ${status} ${JSON.stringify(error)}`);
  if (!isDeepStrictEqual(counts, expected)) problems.push(`the job counts ${JSON.stringify(counts)}`);
  if (recorded.length !== sources.length) problems.push(`the record has ${recorded.length} items`);
  const replicas = replicasBySource(sandbox);
  const bySource = new Map(recorded.map((each) => [each.source.id, each]));
  for (const { id: sourceId, name } of sources) {
    const line = bySource.get(sourceId);
    if (!line) problems.push(`the record has no item for ${name}`);
    else if (line.status !== 'CREATED' || line.action !== 'CREATE' || line.error || line.attempts < 1)
      problems.push(`the item of ${name} is ${JSON.stringify(line)}`);
    else if (line.replica?.id !== replicas.get(sourceId)?.[0]?.id)
      problems.push(`the item of ${name} names the replica ${line.replica?.id}, which is not the one`);
  }
  return problems;
}
