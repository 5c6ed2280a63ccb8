import type { Command } from 'commander';
import { addFormatOptions, type GatewayFlags, gatewayOption, REPLICATION } from './arguments.js';
import { ExitStatus, Interrupted } from './failure.js';
import { follow } from './follow.js';
import { cancelReplication, resumeReplication } from './operations.js';
import { addReplicateCommand } from './replicate.js';
import { addReplicationsCommand } from './replications.js';
import { type FormatFlags, reportOutcome } from './report.js';
import { addSandboxCommand } from './sandbox.js';
import { type CliContext, type Session, withGateway } from './session.js';
import { info } from './terminal.js';
import { addTokenCommand } from './token.js';
import { addUndoCommand } from './undo.js';

/** Adds all commands except `serve`, which starts faster without loading their modules. */
export function addCommands(program: Command, context: CliContext): void {
  addSandboxCommand(program, context);
  addReplicateCommand(program, context);
  addReplicationsCommand(program, context);
  const resume = program
    .command('resume')
    .description('resume an interrupted or cancelled replication and retry its failed items');
  addFollowing(resume, context, async (session, id, flags) => {
    const job = await resumeReplication(session.client, id);
    return reportOutcome(session, await follow(session, job.id), flags);
  });
  const cancel = program
    .command('cancel')
    .description('stop a replication once its requests in progress complete, and keep its replicas');
  addFollowing(cancel, context, async (session, id, flags) => {
    const isCancelled = await cancelReplication(session.client, id);
    if (!isCancelled) info(session.terminal, 'The replication has already ended. Nothing was cancelled.');
    await reportOutcome(session, await follow(session, id), flags);
    return ExitStatus.done;
  });
  addUndoCommand(program, context);
  addTokenCommand(program, context);
}

/** Adds the argument, the options and the action of a command that changes a replication and follows it until it ends. */
function addFollowing(
  command: Command,
  context: CliContext,
  run: (session: Session, id: string, flags: FormatFlags) => Promise<number>,
): void {
  command.argument('<id>', REPLICATION).addOption(gatewayOption());
  addFormatOptions(command).action(async (id: string, flags: GatewayFlags & FormatFlags) => {
    await withGateway(context, flags.gateway, (session) => {
      if (session.interrupted.aborted) throw new Interrupted();
      return run(session, id, flags);
    });
  });
}
