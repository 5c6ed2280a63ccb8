import type { Command } from 'commander';
import { addFormatOptions, type GatewayFlags, gatewayOption, REPLICATION } from './arguments.js';
import { ExitStatus, Interrupted } from './failure.js';
import { follow } from './follow.js';
import type { FormatFlags } from './mapping.js';
import { cancelReplication } from './operations.js';
import { reportOutcome } from './outcome.js';
import { type Host, withGateway } from './session.js';

/** `promptgate cancel` */
export function addCancelCommand(program: Command, host: Host): void {
  const command = program
    .command('cancel')
    .description('stop a replication; what is under way is finished, what was created stays')
    .argument('<id>', REPLICATION)
    .addOption(gatewayOption());
  addFormatOptions(command).action(async (id: string, flags: GatewayFlags & FormatFlags) => {
    await withGateway(host, flags.gateway, async (session) => {
      if (session.interrupted.aborted) throw new Interrupted();
      await cancelReplication(session.client, id);
      await reportOutcome(session, await follow(session, id), flags);
      return ExitStatus.done;
    });
  });
}
