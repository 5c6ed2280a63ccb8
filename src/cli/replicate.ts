import type { Command } from 'commander';
import {
  addFormatOptions,
  type GatewayFlags,
  gatewayOption,
  integerBetween,
  requireConfirmation,
} from './arguments.js';
import { CommandFailure, ExitStatus, Interrupted, unlessInterrupted } from './failure.js';
import { follow } from './follow.js';
import { commandLine, Unreachable } from './gateway-client.js';
import { type Item, type Job, type ReplicateVariables, readItems, startReplication } from './operations.js';
import { countPlan, drawPlan } from './plan-table.js';
import { type FormatFlags, reportFailures, reportOutcome, writeMapping } from './report.js';
import { type CliContext, type Session, withGateway } from './session.js';
import { confirm, info, type Terminal } from './terminal.js';

interface ReplicateFlags extends GatewayFlags, FormatFlags {
  readonly to: string;
  readonly collection?: string;
  readonly search?: string;
  readonly sourceModel?: string;
  readonly name?: string;
  readonly virtualKey?: string;
  readonly targetCollection?: string;
  readonly concurrency?: number;
  readonly update?: boolean;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Adds `promptgate replicate`. */
export function addReplicateCommand(program: Command, context: CliContext): void {
  const command = program
    .command('replicate')
    .description('copy Portkey prompts to run on another model; first shows the plan and asks to confirm it')
    .requiredOption('--to <model>', 'the model that the replicas run on')
    .option('--collection <id>', 'only prompts in this collection (id or slug)')
    .option('--search <text>', "only prompts that Portkey's search finds for this text")
    .option('--source-model <model>', 'only prompts that currently run on this model')
    .option(
      '--name <template>',
      'name of each replica, built from {name}, {slug}, {collection} and {model} (default: {name}-replica)',
    )
    .option('--virtual-key <slug>', 'virtual key of the replicas (default: the virtual key of each source)')
    .option('--target-collection <id>', 'collection of the replicas (default: the collection of each source)')
    .option('--concurrency <n>', 'concurrent upstream calls, 1 to 16 (default: 4)', integerBetween(1, 16))
    .option('--update', 'add a new version to each replica whose source has changed')
    .option('--verify', 'read every replica back and compare it with its source')
    .option('--dry-run', 'show the plan without executing it')
    .option('--yes', 'skip the confirmation')
    .addOption(gatewayOption());
  addFormatOptions(command).action(async (flags: ReplicateFlags) => {
    if (!flags.dryRun) requireConfirmation(context.terminal, flags);
    await withGateway(context, flags.gateway, (session) => replicate(session, flags));
  });
}

async function replicate(session: Session, flags: ReplicateFlags): Promise<number> {
  const { terminal, interrupted } = session;
  const variables = variablesOf(flags);
  const items = await plan(session, variables);
  if (flags.dryRun) return showPlan(terminal, items, flags);
  terminal.stderr.write(drawPlan(items, terminal.stderr));
  const { create, update } = countPlan(items);
  if (create + update === 0) return showNothingToDo(terminal, items, flags);
  const question = `${questionOf(create, update)} on ${flags.to}?`;
  if (!flags.yes && !(await confirm(terminal, question, interrupted))) {
    info(terminal, 'Nothing was changed.');
    return ExitStatus.done;
  }
  const { id } = await start(session, variables);
  return reportOutcome(session, await follow(session, id), flags);
}

/** Runs a dry run and returns its items. @throws CommandFailure */
async function plan(session: Session, variables: ReplicateVariables): Promise<Item[]> {
  const { client, terminal, interrupted } = session;
  if (terminal.stderr.isTTY) info(terminal, 'Planning ...');
  const started = await unlessInterrupted(startReplication(client, variables, true), interrupted);
  // Planning a large library takes longer than the mutation waits.
  const job = started.status === 'PLANNED' ? started : await follow(session, started.id);
  if (interrupted.aborted) throw new Interrupted();
  if (job.status === 'PLANNED') return unlessInterrupted(readItems(client, job.id), interrupted);
  const reason = job.error?.message ?? `The dry run ended with the status ${job.status}.`;
  throw new CommandFailure(`The replication could not be planned. ${reason}`);
}

/** Starts the replication. Ctrl-C does not interrupt it, because a replication cannot be cancelled without its id. */
async function start({ client, interrupted }: Session, variables: ReplicateVariables): Promise<Job> {
  if (interrupted.aborted) throw new Interrupted();
  return startReplication(client, variables, false).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    const advice = `The replication may have started anyway. Check with: ${commandLine(client, 'replications')}`;
    throw new CommandFailure(`${error.message}\n${advice}`);
  });
}

function showPlan(terminal: Terminal, items: readonly Item[], flags: FormatFlags): number {
  if (flags.json || flags.csv) writeMapping(terminal, items, flags);
  else terminal.stdout.write(drawPlan(items, terminal.stdout));
  return planStatus(items);
}

function showNothingToDo(terminal: Terminal, items: readonly Item[], flags: FormatFlags): number {
  const isEmpty = items.length === 0;
  info(terminal, isEmpty ? 'The selection matches no prompts.' : 'There is nothing to create or update.');
  writeMapping(terminal, items, flags);
  reportFailures(terminal, items);
  return planStatus(items);
}

function planStatus(items: readonly Item[]): number {
  const { fail, conflict } = countPlan(items);
  return fail + conflict > 0 ? ExitStatus.failed : ExitStatus.done;
}

function questionOf(create: number, update: number): string {
  const parts = [];
  if (create > 0) parts.push(`create ${create}`);
  if (update > 0) parts.push(`update ${update}`);
  const text = `${parts.join(' and ')} ${create + update === 1 ? 'replica' : 'replicas'}`;
  return text.replace(/^./, (letter) => letter.toUpperCase());
}

function variablesOf(flags: ReplicateFlags): ReplicateVariables {
  return {
    targetModel: flags.to,
    selection: { collectionId: flags.collection, search: flags.search, sourceModel: flags.sourceModel },
    options: {
      nameTemplate: flags.name,
      virtualKey: flags.virtualKey,
      collectionId: flags.targetCollection,
      concurrency: flags.concurrency,
      onExisting: flags.update ? 'UPDATE' : undefined,
      verify: flags.verify,
    },
  };
}
