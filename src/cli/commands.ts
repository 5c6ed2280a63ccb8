import type { Command } from 'commander';
import { addFormatOptions, type GatewayFlags, gatewayOption, REPLICATION } from './arguments.js';
import { ExitStatus, Interrupted } from './failure.js';
import { follow } from './follow.js';
import { cancelReplication, resumeReplication } from './operations.js';
import { addReplicateCommand } from './replicate.js';
import { addReplicationsCommand } from './replications.js';
import { type FormatFlags, reportOutcome } from './report.js';
import { addSandboxCommand } from './sandbox.js';
import { type Host, type Session, withGateway } from './session.js';
import { say } from './terminal.js';
import { addTokenCommand } from './token.js';
import { addUndoCommand } from './undo.js';

/** Adds all commands except `serve`, which starts faster without loading their modules. */
export function addCommands(program: Command, host: Host): void {
  addSandboxCommand(program, host);
  addReplicateCommand(program, host);
  addReplicationsCommand(program, host);
  const resume = program
    .command('resume')
    .description('resume an interrupted or cancelled replication and retry its failed items');
  addFollowing(resume, host, async (session, id, flags) => {
    const job = await resumeReplication(session.client, id);
    return reportOutcome(session, await follow(session, job.id), flags);
  });
  const cancel = program
    .command('cancel')
    .description('stop a replication once its requests in progress complete, and keep its replicas');
  addFollowing(cancel, host, async (session, id, flags) => {
    const isCancelled = await cancelReplication(session.client, id);
    if (!isCancelled) say(session.terminal, 'The replication has already ended. Nothing was cancelled.');
    await reportOutcome(session, await follow(session, id), flags);
    return ExitStatus.done;
  });
  addUndoCommand(program, host);
  addTokenCommand(program, host);
}

/** Adds the argument, the options and the action of a command that changes a replication and follows it until it ends. */
function addFollowing(
  command: Command,
  host: Host,
  run: (session: Session, id: string, flags: FormatFlags) => Promise<number>,
): void {
  command.argument('<id>', REPLICATION).addOption(gatewayOption());
  addFormatOptions(command).action(async (id: string, flags: GatewayFlags & FormatFlags) => {
    await withGateway(host, flags.gateway, (session) => {
      if (session.interrupted.aborted) throw new Interrupted();
      return run(session, id, flags);
    });
  });
}
