import type { Command } from 'commander';
import { addCancelCommand } from './cancel.js';
import { addReplicateCommand } from './replicate.js';
import { addReplicationsCommand } from './replications.js';
import { addResumeCommand } from './resume.js';
import { addSandboxCommand } from './sandbox.js';
import type { Host } from './session.js';
import { addTokenCommand } from './token.js';
import { addUndoCommand } from './undo.js';

/** Adds every command but `serve`, which starts sooner without their modules. */
export function addCommands(program: Command, host: Host): void {
  addSandboxCommand(program, host);
  addReplicateCommand(program, host);
  addReplicationsCommand(program, host);
  addResumeCommand(program, host);
  addCancelCommand(program, host);
  addUndoCommand(program, host);
  addTokenCommand(program, host);
}
