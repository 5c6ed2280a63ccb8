import { z } from 'zod';
import { REPLICATION_STATUSES } from '../domain/replication.js';
import { CommandFailure, ExitStatus } from './failure.js';
import type { GatewayClient } from './gateway-client.js';

/** Command-line option by the path of the GraphQL argument that it sets. */
const OPTIONS: Readonly<Record<string, string>> = {
  targetModel: '--to',
  'selection.collectionId': '--collection',
  'selection.search': '--search',
  'selection.sourceModel': '--source-model',
  'options.nameTemplate': '--name',
  'options.virtualKey': '--virtual-key',
  'options.collectionId': '--target-collection',
  'options.concurrency': '--concurrency',
};

const message = z
  .string()
  .transform((text) => text.replace(/\b(selection|options)\.\w+/g, (path) => OPTIONS[path] ?? path));
const replicationError = z.object({ code: z.string(), message }).nullable();

const job = z.object({
  id: z.string(),
  status: z.enum(REPLICATION_STATUSES),
  targetModel: z.string(),
  dryRun: z.boolean(),
  counts: z.object({
    total: z.number(),
    created: z.number(),
    updated: z.number(),
    skipped: z.number(),
    failed: z.number(),
    pending: z.number(),
    undone: z.number(),
  }),
  error: replicationError,
  waitsFor: z.string().nullable(),
  throughput: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

const prompt = z.object({ id: z.string(), name: z.string().nullable() });
const item = z.object({
  source: prompt,
  action: z.enum(['CREATE', 'SKIP', 'UPDATE', 'CONFLICT']),
  status: z.string(),
  replicaName: z.string(),
  replica: prompt.extend({ slug: z.string().nullable() }).nullable(),
  error: replicationError,
});

const userErrors = z.array(z.object({ code: z.string(), message, field: z.array(z.string()).nullable() }));
const payload = z.object({ replication: job.nullable(), userErrors });
const removal = z.object({ id: z.string(), name: z.string() });
const undoPayload = payload.extend({
  deleted: z.array(removal),
  kept: z.array(removal.extend({ reason: z.string() })),
});
const itemPage = z
  .object({
    nodes: z.array(item),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  })
  .meta({ arguments: '(first: 500, after: $after)' });

/** Replication as returned by the gateway. */
export type Job = z.output<typeof job>;
/** Item of a replication, with a source prompt and its replica. */
export type Item = z.output<typeof item>;
/** Result of an undo. */
export type Undone = Pick<z.output<typeof undoPayload>, 'deleted' | 'kept'> & { readonly replication: Job };

/** Variables of the mutation `replicatePrompts`. */
export interface ReplicateVariables {
  readonly targetModel: string;
  readonly selection: Record<string, string | undefined>;
  readonly options: Record<string, string | number | boolean | undefined>;
}

/** Starts a replication, or only plans it if `dryRun` is true. @throws CommandFailure */
export async function startReplication(
  client: GatewayClient,
  variables: ReplicateVariables,
  dryRun: boolean,
): Promise<Job> {
  const types =
    '$targetModel: String!, $selection: PromptSelectionInput, $options: ReplicationOptionsInput, $dryRun: Boolean';
  const args = 'targetModel: $targetModel, selection: $selection, options: $options, dryRun: $dryRun';
  const operation = [`mutation (${types})`, `replicatePrompts(${args})`] as const;
  return accepted(await execute(client, operation, { ...variables, dryRun }, payload)).replication;
}

/** Requests the cancellation of a replication. @returns False if it has already ended. */
export async function cancelReplication(client: GatewayClient, id: string): Promise<boolean> {
  const { userErrors } = await execute(client, mutationOf('cancelReplication'), { id }, payload);
  return userErrors.every(({ code }) => code !== 'INVALID');
}

/** Resumes a replication. @throws CommandFailure */
export async function resumeReplication(client: GatewayClient, id: string): Promise<Job> {
  return accepted(await execute(client, mutationOf('resumeReplication'), { id }, payload)).replication;
}

/** Deletes the replicas that a replication created. @throws CommandFailure */
export async function undoReplication(client: GatewayClient, id: string): Promise<Undone> {
  return accepted(await execute(client, mutationOf('undoReplication'), { id }, undoPayload));
}

const mutationOf = (field: string) => ['mutation ($id: ID!)', `${field}(id: $id)`] as const;

/** @throws CommandFailure if the replication does not exist. */
export async function readJob(client: GatewayClient, id: string): Promise<Job> {
  const operation = ['query ($id: ID!)', 'replication(id: $id)'] as const;
  const replication = await execute(client, operation, { id }, job.nullable());
  if (replication) return replication;
  const message = `There is no replication ${id}. \`npx promptgate replications\` lists your replications.`;
  throw new CommandFailure(message, ExitStatus.usage);
}

/** Reads all items of a replication, in the order of the replication. */
export async function readItems(client: GatewayClient, id: string): Promise<Item[]> {
  const operation = ['query ($id: ID!, $after: String)', 'replication(id: $id)'] as const;
  const shape = z.object({ items: itemPage });
  const items: Item[] = [];
  let after: string | null = null;
  do {
    const page: z.output<typeof shape> = await execute(client, operation, { id, after }, shape);
    items.push(...page.items.nodes);
    after = page.items.pageInfo.hasNextPage ? page.items.pageInfo.endCursor : null;
  } while (after !== null);
  return items;
}

/** Returns replications, newest first. */
export async function listJobs(client: GatewayClient, first: number, filter: object): Promise<Job[]> {
  const types = 'query ($first: Int!, $filter: ReplicationFilter)';
  const operation = [types, 'replications(first: $first, filter: $filter)'] as const;
  return (await execute(client, operation, { first, filter }, z.object({ nodes: z.array(job) }))).nodes;
}

/** Executes an operation and returns the value of its root field. The shape sets the selection. @throws CommandFailure */
async function execute<T>(
  client: GatewayClient,
  [operation, field]: readonly [operation: string, field: string],
  variables: Record<string, unknown>,
  shape: z.ZodType<T>,
): Promise<T> {
  const query = `${operation} { result: ${field}${selectionOf(shape)} }`;
  const { data, errors } = await client.execute(query, variables);
  if (errors && errors.length > 0)
    throw new CommandFailure([...new Set(errors.map(({ message }) => message))].join('\n'));
  const decoded = z.object({ result: shape }).safeParse(data);
  if (decoded.success) return decoded.data.result;
  throw new CommandFailure(
    'The response of the gateway has an unexpected shape. Check that its version matches this command.',
  );
}

/** Builds the selection set of a shape. `arguments` in its metadata are the arguments of the field. */
function selectionOf(shape: z.core.$ZodType): string {
  if (shape instanceof z.ZodNullable) return selectionOf(shape.unwrap());
  if (shape instanceof z.ZodArray) return selectionOf(shape.element);
  if (!(shape instanceof z.ZodObject)) return '';
  const fields = Object.entries<z.core.$ZodType>(shape.shape).map(([name, type]) => name + selectionOf(type));
  return `${shape.meta()?.arguments ?? ''} { ${fields.join(' ')} }`;
}

/** Codes of errors in the command line. */
const USAGE_CODES = new Set(['INVALID', 'REQUIRED', 'NOT_FOUND']);

function accepted<T extends z.output<typeof payload>>(result: T): T & { readonly replication: Job } {
  const { replication, userErrors } = result;
  if (replication && userErrors.length === 0) return { ...result, replication };
  const lines = userErrors.map(({ message, field }) => {
    const path = field?.join('.') ?? '';
    return path === '' || path === 'id' ? message : `${OPTIONS[path] ?? path}: ${message}`;
  });
  const isUsage = userErrors.some(({ code }) => USAGE_CODES.has(code));
  const text = lines.join('\n') || 'The gateway rejected the request without giving a reason.';
  throw new CommandFailure(text, isUsage ? ExitStatus.usage : ExitStatus.failed);
}
