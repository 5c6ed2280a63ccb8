import { type Command, InvalidArgumentError } from 'commander';
import { REPLICATION_STATUSES } from '../domain/replication.js';
import { type GatewayFlags, gatewayOption, integerBetween } from './arguments.js';
import { ExitStatus, unlessInterrupted } from './failure.js';
import { type Job, listJobs } from './operations.js';
import { countsInWords, toJson } from './report.js';
import { type CliContext, type Session, withGateway } from './session.js';
import { drawTable, lineWidth } from './table.js';
import type { Output } from './terminal.js';

interface ReplicationsFlags extends GatewayFlags {
  readonly status?: readonly Job['status'][];
  readonly model?: string;
  readonly first: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Adds `promptgate replications`. */
export function addReplicationsCommand(program: Command, context: CliContext): void {
  program
    .command('replications')
    .description('list your replications, newest first')
    .option('--status <status...>', 'only replications with one of these statuses', addStatus)
    .option('--model <model>', 'only replications for this model')
    .option('--first <n>', 'number of replications, 1 to 500', integerBetween(1, 500), 20)
    .option('--all', 'include dry runs')
    .option('--json', 'write the list as JSON')
    .addOption(gatewayOption())
    .action(async (flags: ReplicationsFlags) => {
      await withGateway(context, flags.gateway, (session) => list(session, flags));
    });
}

async function list({ client, terminal, interrupted }: Session, flags: ReplicationsFlags): Promise<number> {
  const { status, model, first, all, json } = flags;
  const filter = { status, targetModel: model, dryRun: all ? undefined : false };
  const jobs = await unlessInterrupted(listJobs(client, first, filter), interrupted);
  terminal.stdout.write(json ? toJson(jobs.map(toListed)) : drawJobs(jobs, terminal.stdout));
  return ExitStatus.done;
}

/** Returns the fields for the list, without transient ones such as the throughput. */
function toListed({ id, status, targetModel, dryRun, counts, error, createdAt, startedAt, finishedAt }: Job) {
  return { id, status, targetModel, dryRun, counts, error, createdAt, startedAt, finishedAt };
}

function drawJobs(jobs: readonly Job[], output: Output): string {
  if (jobs.length === 0) return 'There are no replications.\n';
  const rows = jobs.map(({ id, targetModel, status, dryRun, counts, createdAt }) => [
    id,
    targetModel,
    dryRun ? `${status.toLowerCase()} (dry run)` : status.toLowerCase(),
    countsInWords(counts).join(', '),
    createdAt.slice(0, 16).replace('T', ' '),
  ]);
  const limit = Math.max(20, lineWidth(output) - OTHER_COLUMNS);
  const titles = ['id', 'model', 'status', 'prompts', 'requested (UTC)'];
  const columns = titles.map((title) => (title === 'prompts' ? { title, limit } : { title }));
  return drawTable(columns, rows);
}

/** Approximate width of the other columns, the borders and the padding. */
const OTHER_COLUMNS = 36 + 10 + 12 + 16 + 16;

/** Parses one value of `--status`. Commander calls it for each value of a variadic option. */
function addStatus(text: string, others: readonly Job['status'][] = []): Job['status'][] {
  const status = REPLICATION_STATUSES.find((candidate) => candidate === text.toUpperCase());
  if (status) return [...others, status];
  throw new InvalidArgumentError(`Must be one of ${REPLICATION_STATUSES.join(', ')}.`);
}
