import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** Size from which the WAL of a database is worth a checkpoint, in bytes. */
const WORTH_BYTES = 8 * 1024 * 1024;

/** Databases for which a checkpoint runs, and what waits for its end. */
const running = new Map<string, (() => void)[]>();
let worker: Worker | null = null;

/** Begins a checkpoint in another thread where a database's WAL has become large and none runs. It never throws. */
export async function checkpointIfLarge(database: string): Promise<void> {
  const size = await stat(`${database}-wal`).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size < WORTH_BYTES || running.has(database)) return;
  try {
    worker ??= startWorker();
    worker.ref();
    worker.postMessage(database);
    running.set(database, []);
  } catch {
    // Without a thread the next commit beyond SQLite's own limit does it.
  }
}

/** Resolves when no other thread uses a database. */
export function checkpointEnded(database: string): Promise<void> {
  return new Promise((resolve) => {
    const waiting = running.get(database);
    if (waiting) waiting.push(resolve);
    else resolve();
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { execArgv: [] });
  started.on('message', ended);
  started.on('error', () => {});
  started.on('exit', () => {
    worker = null;
    for (const database of [...running.keys()]) ended(database);
  });
  return started;
}

function ended(database: string): void {
  const waiting = running.get(database) ?? [];
  running.delete(database);
  if (running.size === 0) worker?.unref();
  for (const resolve of waiting) resolve();
}
