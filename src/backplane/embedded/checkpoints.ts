import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** Size from which the WAL of a database is worth a checkpoint, in bytes. */
const WORTH_BYTES = 8 * 1024 * 1024;

/** Steps of a checkpoint: most of the WAL is copied while writes continue, the rest while they wait. */
export type CheckpointStep = 'copy' | 'reset';

/** Request to the thread, and its response when that step has ended, well or not. */
export interface CheckpointMessage {
  readonly file: string;
  readonly step: CheckpointStep;
}

/** Checkpoints in progress, by the database. */
const running = new Map<string, Promise<void>>();
/** Resolves the step that the thread works on, by the database. */
const steps = new Map<string, () => void>();
let worker: Worker | null = null;

/**
 * Makes a checkpoint in another thread where a database's WAL has become large and none runs. It never throws.
 * @param hold Makes the writes of this process wait, and returns a function that lets them continue.
 */
export async function checkpointIfLarge(database: string, hold: () => () => void): Promise<void> {
  const size = await stat(`${database}-wal`).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size < WORTH_BYTES || running.has(database)) return;
  // Without a thread the next commit beyond SQLite's own limit does it.
  const checkpoint = makeCheckpoint(database, hold)
    .catch(() => {})
    .finally(() => running.delete(database));
  running.set(database, checkpoint);
  await checkpoint;
}

/** Resolves when no other thread uses a database. */
export async function checkpointEnded(database: string): Promise<void> {
  await running.get(database);
}

async function makeCheckpoint(database: string, hold: () => () => void): Promise<void> {
  await run(database, 'copy');
  const release = hold();
  try {
    await run(database, 'reset');
  } finally {
    release();
  }
}

function run(file: string, step: CheckpointStep): Promise<void> {
  return new Promise((resolve) => {
    worker ??= startWorker();
    worker.ref();
    steps.set(file, resolve);
    worker.postMessage({ file, step } satisfies CheckpointMessage);
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { execArgv: [] });
  started.on('message', ({ file }: CheckpointMessage) => ended(file));
  started.on('error', () => {});
  started.on('exit', () => {
    worker = null;
    for (const file of [...steps.keys()]) ended(file);
  });
  return started;
}

function ended(file: string): void {
  const resolve = steps.get(file);
  steps.delete(file);
  if (steps.size === 0) worker?.unref();
  resolve?.();
}
