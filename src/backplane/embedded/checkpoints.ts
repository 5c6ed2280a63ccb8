import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Backoff, backoffMs } from '../../async/backoff.js';
import { monotonicMs } from '../../domain/clock.js';

/** Size from which the WAL of a database is worth a checkpoint, in bytes. */
const WORTH_BYTES = 8 * 1024 * 1024;
/** Pauses after a checkpoint that could not be completed, such as beside a reader that stays. */
const PAUSES: Backoff = { firstMs: 1_000, ceilingMs: 60_000 };

/** Steps of a checkpoint: most of the WAL is copied while writes continue, the rest while they wait. */
export type CheckpointStep = 'copy' | 'reset';

/** Request to the thread. */
export interface CheckpointRequest {
  readonly file: string;
  readonly step: CheckpointStep;
}

/** Its response when that step has ended. */
export interface CheckpointResponse {
  readonly file: string;
  readonly isDone: boolean;
}

/** Resolves the step that the thread works on, by the database. */
const steps = new Map<string, (isDone: boolean) => void>();
let worker: Worker | null = null;

/** Makes checkpoints of one database in another thread, where its WAL has become large. */
export class Checkpoints {
  readonly #database: string;
  readonly #hold: () => () => void;
  #running: Promise<void> | null = null;
  /** Number of checkpoints in a row that could not be completed. */
  #failures = 0;
  /** Time before which no checkpoint begins, of {@link monotonicMs}. */
  #notBefore = 0;

  /** @param hold Makes the writes of this process wait, and returns a function that lets them continue. */
  constructor(database: string, hold: () => () => void) {
    this.#database = database;
    this.#hold = hold;
  }

  /** Looks at the size of the WAL, unless a checkpoint runs already. It never throws. */
  look(): void {
    if (this.#running || monotonicMs() < this.#notBefore) return;
    // Without a thread the next commit beyond SQLite's own limit does it.
    this.#running = this.#makeIfLarge()
      .catch(() => {})
      .finally(() => {
        this.#running = null;
      });
  }

  /** Resolves when no checkpoint runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #makeIfLarge(): Promise<void> {
    const { size } = await stat(`${this.#database}-wal`);
    if (size < WORTH_BYTES) return;
    let isDone = await run(this.#database, 'copy');
    const release = this.#hold();
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
