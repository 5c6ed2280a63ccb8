import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Backoff, backoffMs } from '../../async/backoff.js';
import { monotonicMs } from '../../domain/clock.js';

/** Size of the WAL from which a checkpoint is worthwhile, in bytes. */
const WORTH_BYTES = 8 * 1024 * 1024;
/** Pauses after a checkpoint that could not be completed, for example because of a long-running reader. */
const PAUSES: Backoff = { firstMs: 1_000, ceilingMs: 60_000 };

/** Step of a checkpoint. `copy` copies most of the WAL while writes continue, `reset` copies the rest while they wait. */
export type CheckpointStep = 'copy' | 'reset';

/** Request to the worker thread. */
export interface CheckpointRequest {
  readonly file: string;
  readonly step: CheckpointStep;
}

/** Response of the worker thread after the step. */
export interface CheckpointResponse {
  readonly file: string;
  readonly isDone: boolean;
}

/** Resolve functions of the steps that the thread works on, by database. */
const steps = new Map<string, (isDone: boolean) => void>();
let worker: Worker | null = null;

/** Makes checkpoints of one database in a worker thread when its WAL has become large. */
export class Checkpoints {
  readonly #database: string;
  readonly #suspendWrites: () => () => void;
  #running: Promise<void> | null = null;
  /** Number of consecutive checkpoints that could not be completed. */
  #failures = 0;
  /** Earliest time of the next checkpoint, on the clock of {@link monotonicMs}. */
  #notBefore = 0;

  /** @param suspendWrites Suspends the writes of this process and returns a function that resumes them. */
  constructor(database: string, suspendWrites: () => () => void) {
    this.#database = database;
    this.#suspendWrites = suspendWrites;
  }

  /** Checks the size of the WAL and starts a checkpoint if it is large, unless one is already running. Never throws. */
  look(): void {
    if (this.#running || monotonicMs() < this.#notBefore) return;
    // If the thread fails, a commit makes the checkpoint at SQLite's own limit.
    this.#running = this.#makeIfLarge()
      .catch(() => {})
      .finally(() => {
        this.#running = null;
      });
  }

  /** Resolves when no checkpoint is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #makeIfLarge(): Promise<void> {
    const { size } = await stat(`${this.#database}-wal`);
    if (size < WORTH_BYTES) return;
    let isDone = await run(this.#database, 'copy');
    const release = this.#suspendWrites();
    try {
      isDone = (await run(this.#database, 'reset')) && isDone;
    } finally {
      release();
    }
    this.#failures = isDone ? 0 : this.#failures + 1;
    this.#notBefore = isDone ? 0 : monotonicMs() + backoffMs(PAUSES, this.#failures, 0);
  }
}

function run(file: string, step: CheckpointStep): Promise<boolean> {
  return new Promise((resolve) => {
    worker ??= startWorker();
    worker.ref();
    steps.set(file, resolve);
    worker.postMessage({ file, step } satisfies CheckpointRequest);
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { execArgv: [] });
  started.on('message', ({ file, isDone }: CheckpointResponse) => ended(file, isDone));
  started.on('error', () => {});
  started.on('exit', () => {
    worker = null;
    for (const file of [...steps.keys()]) ended(file, false);
  });
  return started;
}

function ended(file: string, isDone: boolean): void {
  const resolve = steps.get(file);
  steps.delete(file);
  if (steps.size === 0) worker?.unref();
  resolve?.(isDone);
}
