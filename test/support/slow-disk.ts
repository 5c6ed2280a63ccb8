import { spawnSync } from 'node:child_process';

/**
 * Returns a command to run a program under, with a disk that takes so many milliseconds for each sync. The program stays
 * the child process, which gets signals.
 */
export const slowDisk = (syncMs: number) => [
  ...['strace', '-D', '-f', '--seccomp-bpf', '-o', '/dev/null'],
  ...['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:delay_exit=${syncMs}ms`],
];

/** Returns true where strace is installed and may trace. */
export function hasSlowDisk(): boolean {
  const [command = '', ...args] = slowDisk(1);
  return spawnSync(command, [...args, 'true']).status === 0;
}
