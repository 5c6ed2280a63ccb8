import type { Command } from 'commander';
import { addFormatOptions, type GatewayFlags, gatewayOption, REPLICATION } from './arguments.js';
import { Interrupted } from './failure.js';
import { follow } from './follow.js';
import type { FormatFlags } from './mapping.js';
import { resumeReplication } from './operations.js';
import { reportOutcome } from './outcome.js';
import { type Host, withGateway } from './session.js';

/** `promptgate resume` */
export function addResumeCommand(program: Command, host: Host): void {
  const command = program
    .command('resume')
    .description(
      'go on with a replication that was cut off or cancelled, and try again what has failed in it',
    )
    .argument('<id>', REPLICATION)
    .addOption(gatewayOption());
  addFormatOptions(command).action(async (id: string, flags: GatewayFlags & FormatFlags) => {
    await withGateway(host, flags.gateway, async (session) => {
      if (session.interrupted.aborted) throw new Interrupted();
      const job = await resumeReplication(session.client, id);
      return reportOutcome(session, await follow(session, job.id), flags);
    });
  });
}
