import type { Gateway, GatewayResult, Operation } from '../gateway/gateway.js';
import type { ReplicationCounts } from './extract-entities.js';
import { hasEnded } from './labels.js';
import { type Pauses, pause, pauseAfter } from './retry.js';
import { reasonOf, untilAborted } from './until-aborted.js';

interface ReplicationError {
  readonly code: string;
  readonly message: string;
}

export interface ReplicationItem {
  readonly source: { readonly id: string; readonly name: string | null };
  readonly action: string;
  readonly status: string;
  readonly replicaName: string;
  readonly replica: { readonly id: string } | null;
  readonly error: ReplicationError | null;
}

/** Replication of the schema, with a page of its items. */
export interface ShownReplication {
  readonly id: string;
  readonly status: string;
  readonly targetModel: string;
  readonly dryRun: boolean;
  readonly error: ReplicationError | null;
  readonly waitsFor: string | null;
  readonly throughput: number | null;
  readonly etaSeconds: number | null;
  readonly counts: ReplicationCounts;
  readonly items: {
    readonly totalCount: number;
    readonly nodes: readonly ReplicationItem[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
}

/** Page of items of a replication. */
export interface ItemPage {
  readonly id: string;
  readonly after: string | null;
  /** Status of the items, or null for all. */
  readonly status: string | null;
}

/** One update: the replication, or an error, or both if a part of it is missing. */
export interface ReplicationUpdate {
  readonly replication: ShownReplication | null;
  readonly error: string | null;
  /** Seconds until the next attempt after an error, or null without one. */
  readonly retryInSeconds: number | null;
}

export const PAGE_SIZE = 100;
const PAUSES = { first: 1, longest: 15 };

const VARIABLES = '($id: ID!, $after: String, $status: ReplicationItemStatus)';
const SHOWN = `{
  id status targetModel dryRun waitsFor throughput etaSeconds
  error { code message }
  counts { total created updated skipped failed pending undone }
  items(first: ${PAGE_SIZE}, after: $after, status: $status) {
    totalCount
    nodes { source { id name } action status replicaName replica { id } error { code message } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** Follows a replication to its end with a subscription, or by polling if that fails. Never throws. */
export async function* followReplication(
  gateway: Gateway,
  headers: Readonly<Record<string, string>>,
  page: ItemPage,
  signal: AbortSignal,
  pauses: Pauses = PAUSES,
): AsyncGenerator<ReplicationUpdate, void> {
  const variables = { ...page };
  const query = `subscription ${VARIABLES} { replication: replicationProgress(id: $id) ${SHOWN} }`;
  try {
    const updates = gateway.subscribe({ query, variables, headers });
    for await (const result of untilAborted(updates, signal)) {
      if (!replicationIn(result) && result.errors) break;
      yield { ...toUpdate(result), retryInSeconds: null };
      if (isFinal(result)) return;
    }
  } catch {
    // Some proxies block WebSockets.
  }
  const poll = `query ${VARIABLES} { replication(id: $id) ${SHOWN} }`;
  yield* pollReplication(gateway, { query: poll, variables, headers }, signal, pauses);
}

async function* pollReplication(
  gateway: Gateway,
  operation: Operation,
  signal: AbortSignal,
  pauses: Pauses,
): AsyncGenerator<ReplicationUpdate, void> {
  let failures = 0;
  while (!signal.aborted) {
    const result = await gateway.execute(operation).catch(networkError);
    const { errors = [] } = result;
    const isEnd = isFinal(result);
    failures = errors.length > 0 ? failures + 1 : 0;
    const wait = failures > 0 ? pauseAfter(failures, pauses, errors) : pauses.first;
    yield { ...toUpdate(result), retryInSeconds: failures > 0 && !isEnd ? wait : null };
    if (isEnd) return;
    await pause(wait, signal);
  }
}

const networkError = (error: unknown): GatewayResult => ({
  errors: [{ message: `No response: ${reasonOf(error)}` }],
});

function replicationIn({ data }: GatewayResult): ShownReplication | null {
  return (data?.replication ?? null) as ShownReplication | null;
}

/** Returns true if the replication has ended or does not exist. Returns false for any other error. */
function isFinal(result: GatewayResult): boolean {
  const replication = replicationIn(result);
  return replication ? hasEnded(replication.status) : !result.errors;
}

function toUpdate(result: GatewayResult): Omit<ReplicationUpdate, 'retryInSeconds'> {
  const replication = replicationIn(result);
  const missing = replication ? null : 'The replication does not exist.';
  return { replication, error: result.errors?.[0]?.message ?? missing };
}
