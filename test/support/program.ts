import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundle, which is what people run. */
const MAIN = fileURLToPath(new URL('../../bundle/promptgate/main.js', import.meta.url));
const RECORDER = new URL('../jest/record-exchanges.js', import.meta.url);

let isRecording = false;
/** Where programs record what their sandboxes exchange; null until one is started. */
let folder: string | null = null;

interface ProgramOptions {
  /** The whole environment but for `PATH`. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: SpawnOptions['stdio'];
  /** A command and its arguments that the program is run by. */
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

/** From now on programs record what their sandboxes exchange, for {@link takeExchanges}. */
export function recordExchanges(): void {
  isRecording = true;
}

/** Returns all exchanges of the programs' sandboxes since the last call: the name of a channel and a message each. */
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

/** A process that was killed may leave part of a line. */
const completeLines = (text: string): string[] => text.split('\n').slice(0, -1);
