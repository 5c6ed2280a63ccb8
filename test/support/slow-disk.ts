import { spawnSync } from 'node:child_process';

/**
 * Returns a command that runs a program with a disk that takes `syncMs` for each sync. The program stays the child process,
 * so it receives signals.
 */
export const slowDisk = (syncMs: number) => [
  ...['strace', '-D', '-f', '--seccomp-bpf', '-o', '/dev/null'],
  ...['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:delay_exit=${syncMs}ms`],
];

/** Returns true if strace is installed and may trace. */
export function hasSlowDisk(): boolean {
  const [command = '', ...args] = slowDisk(1);
  return spawnSync(command, [...args, 'true']).status === 0;
}
