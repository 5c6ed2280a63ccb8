import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Bundle that users run. */
const MAIN = fileURLToPath(new URL('../../bundle/promptgate/main.js', import.meta.url));
const RECORDER = new URL('../jest/record-exchanges.js', import.meta.url);

let isRecording = false;
/** Folder in which programs record the exchanges of their sandboxes, or null before the first start. */
let folder: string | null = null;

interface ProgramOptions {
  /** Complete environment except `PATH`. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: SpawnOptions['stdio'];
  /** Command that runs the program, with its arguments. */
  readonly under?: readonly string[];
}

/** Starts `promptgate` as a child process. */
export function spawnProgram(
  args: readonly string[],
  { env, stdio, under = [] }: ProgramOptions,
): ChildProcess {
  const [command = process.execPath, ...rest] = [...under, process.execPath, MAIN, ...args];
  return spawn(command, rest, { env: { PATH: process.env.PATH, ...recording(), ...env }, stdio });
}

/** Makes programs record the exchanges of their sandboxes for {@link takeExchanges}. */
export function recordExchanges(): void {
  isRecording = true;
}

/** Returns the exchanges of the programs' sandboxes since the last call, each with its channel and message. */
export function takeExchanges(): [channel: string, message: unknown][] {
  if (folder === null) return [];
  const files = readdirSync(folder).map((name) => path.join(String(folder), name));
  const lines = files.flatMap((file) => completeLines(readFileSync(file, 'utf8')));
  rmSync(folder, { recursive: true });
  folder = null;
  return lines.map((line) => JSON.parse(line));
}

function recording(): Record<string, string> {
  if (!isRecording) return {};
  folder ??= mkdtempSync(path.join(tmpdir(), 'promptgate-exchanges-'));
  return { NODE_OPTIONS: `--import=${RECORDER.href}`, EXCHANGES_FOLDER: folder };
}

/** Returns the complete lines. A killed process may leave part of a line. */
const completeLines = (text: string): string[] => text.split('\n').slice(0, -1);
