import type { Command } from 'commander';
import { pause } from '../async/pause.js';
import { type GatewayFlags, gatewayOption, REPLICATION, requireConfirmation } from './arguments.js';
import { CommandFailure, ExitStatus, unlessInterrupted } from './failure.js';
import { commandLine, Unreachable } from './gateway-client.js';
import { readJob, type Undone, undoReplication } from './operations.js';
import { startProgress } from './progress.js';
import { toJson } from './report.js';
import { type CliContext, type Session, withGateway } from './session.js';
import { drawTable, lineWidth } from './table.js';
import { confirm, info, type Terminal } from './terminal.js';

interface UndoFlags extends GatewayFlags {
  readonly yes?: boolean;
  readonly json?: boolean;
}

const POLL_MS = 250;

/** Adds `promptgate undo`. */
export function addUndoCommand(program: Command, context: CliContext): void {
  program
    .command('undo')
    .description('delete the replicas that a replication created, except those modified since')
    .argument('<id>', REPLICATION)
    .option('--yes', 'skip the confirmation')
    .option('--json', 'write the deleted and kept replicas as JSON')
    .addOption(gatewayOption())
    .action(async (id: string, flags: UndoFlags) => {
      requireConfirmation(context.terminal, flags);
      await withGateway(context, flags.gateway, (session) => undo(session, id, flags));
    });
}

async function undo(session: Session, id: string, flags: UndoFlags): Promise<number> {
  const { client, terminal, interrupted } = session;
  const { counts, targetModel } = await unlessInterrupted(readJob(client, id), interrupted);
  const replicas = counts.created === 1 ? '1 replica' : `${counts.created} replicas`;
  const question = `Delete ${replicas} created by this replication on ${targetModel}?`;
  if (!flags.yes && !(await confirm(terminal, question, interrupted))) {
    info(terminal, 'Nothing was changed.');
    return ExitStatus.done;
  }
  const command = commandLine(client, 'undo', id);
  const advice = `Some replicas may already be deleted. Continue with: ${command}`;
  const work = runUndo(session, id).catch((error: unknown) => {
    throw error instanceof Unreachable ? new CommandFailure(`${error.message}\n${advice}`) : error;
  });
  const undone = await unlessInterrupted(work, interrupted, `Interrupted. ${advice}`);
  const status = showUndone(terminal, undone, flags);
  if (undone.replication.status !== 'UNDONE')
    info(terminal, `The undo is incomplete. Continue with: ${command}`);
  return status;
}

/** Runs the undo. The mutation responds only at its end, so this polls the progress until then. */
async function runUndo({ client, terminal }: Session, id: string): Promise<Undone> {
  const progress = startProgress(terminal.stderr);
  const work = undoReplication(client, id);
  try {
    for (;;) {
      const undone = await Promise.race([work, pause(POLL_MS)]);
      progress.show(await readJob(client, id));
      if (undone) return undone;
    }
  } finally {
    progress.end();
  }
}

function showUndone(terminal: Terminal, undone: Undone, { json }: UndoFlags): number {
  const { deleted, kept, replication } = undone;
  const { stdout } = terminal;
  if (json) stdout.write(toJson({ deleted, kept }));
  else {
    stdout.write(`Deleted: ${deleted.length}, kept: ${kept.length}.\n`);
    const limit = Math.max(16, Math.floor((lineWidth(stdout) - ID_AND_BORDERS) / 2));
    const columns = [{ title: 'kept', limit }, { title: 'id' }, { title: 'reason', limit }];
    const rows = kept.map(({ name, id, reason }) => [name, id, reason]);
    if (rows.length > 0) stdout.write(drawTable(columns, rows));
  }
  return kept.length > 0 || replication.status !== 'UNDONE' ? ExitStatus.failed : ExitStatus.done;
}

/** Width of the id column, the borders and the padding. */
const ID_AND_BORDERS = 36 + 10;
