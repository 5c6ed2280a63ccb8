import { setMaxListeners } from 'node:events';
import type { ReplicationChanges, ReplicationStore } from '../../backplane/replication-store.js';
import type { Log } from '../../domain/log.js';
import type { Replication } from '../../domain/replication.js';
import { StoreError } from '../../domain/store-error.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { endOf } from './ending.js';
import { RateGate } from './rate-gate.js';
import { Slots } from './slots.js';
import { Stop } from './stop.js';

/** What a piece of work runs with. */
export interface Run {
  readonly replication: Replication;
  /** Every call of it waits at the gate. */
  readonly portkey: PortkeyApi;
  readonly gate: RateGate;
  readonly stop: Stop;
}

/** Who a piece of work runs for. */
export interface BackgroundCaller {
  /** Portkey under the caller's key, for work that outlives the request; `before` is awaited before every call. */
  readonly portkeyInBackground: (signal: AbortSignal, before: () => Promise<() => void>) => PortkeyApi;
}

interface Running {
  readonly stop: Stop;
  readonly done: Promise<void>;
}

/** How often it is looked whether another process was asked to cancel a job of this one. */
const LOOK_MS = 500;
/** How long what is under way may take to end when the gateway closes, before it is cut off. */
const PATIENCE_MS = 5_000;

/**
 * Runs jobs that this process has taken in the background, and records how they end. Where that cannot be recorded, it is
 * remembered here until it can.
 */
export class Runner {
  readonly #store: ReplicationStore;
  readonly #log: Log;
  readonly #firstBackoffMs: number | undefined;
  readonly #running = new Map<string, Running>();
  /** What became of jobs, as far as the store does not know it yet. */
  readonly #unrecorded = new Map<string, ReplicationChanges>();
  readonly #cutOff = new AbortController();
  #isClosing = false;

  /** @param firstBackoffMs For the tests; see {@link RateGate}. */
  constructor(store: ReplicationStore, log: Log, firstBackoffMs?: number) {
    this.#firstBackoffMs = firstBackoffMs;
    this.#store = store;
    this.#log = log;
    // Every call under way listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#cutOff.signal);
  }

  /** How many jobs run here. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins work on a job that this process has taken. @returns When it has ended, however. */
  begin(
    replication: Replication,
    caller: BackgroundCaller,
    work: (run: Run) => Promise<ReplicationChanges>,
  ): Promise<void> {
    const { id } = replication;
    const stop = new Stop();
    if (this.#isClosing) stop.request('CLOSING');
    const gate = new RateGate(this.#firstBackoffMs);
    const slots = new Slots(replication.options.concurrency);
    const after = () => slots.release();
    const portkey = caller.portkeyInBackground(this.#cutOff.signal, async () => {
      await slots.take();
      try {
        await gate.pass(stop);
        return after;
      } catch (error) {
        after();
        throw error;
      }
    });
    const watch = setInterval(() => void this.#lookForCancel(id, stop), LOOK_MS).unref();
    const done = work({ replication, portkey, gate, stop })
      .catch((error: unknown) => endOf(replication, error instanceof Error ? error : new Error('unknown')))
      .then((changes) => this.#record(replication, changes, stop))
      .finally(() => {
        clearInterval(watch);
        this.#running.delete(id);
      });
    this.#running.set(id, { stop, done });
    return done;
  }

  /** When a job ends that runs here; null when none does. */
  ending(id: string): Promise<void> | null {
    return this.#running.get(id)?.done ?? null;
  }

  /** Stops a job if it runs here. */
  cancel(id: string): void {
    this.#running.get(id)?.stop.request('CANCELLED');
  }

  /** A job as it is, also where the store could not be told. */
  async shown(replication: Replication): Promise<Replication> {
    const changes = this.#unrecorded.get(replication.id);
    if (!changes) return replication;
    await this.settle(replication.id).catch(() => {});
    return { ...replication, ...changes };
  }

  /** Records what could not be recorded before. @throws StoreError while it still cannot. */
  async settle(id: string): Promise<void> {
    const changes = this.#unrecorded.get(id);
    if (!changes) return;
    await this.#store.release(id, changes);
    if (this.#unrecorded.get(id) === changes) this.#unrecorded.delete(id);
  }

  /** Stops everything, and waits until it has stopped. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { stop } of this.#running.values()) stop.request('CLOSING');
    const timer = setTimeout(() => this.#cutOff.abort(new Error('the gateway is closing')), PATIENCE_MS);
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done));
    clearTimeout(timer);
  }

  async #lookForCancel(id: string, stop: Stop): Promise<void> {
    const isRequested = await this.#store.isCancelRequested(id).catch(() => false);
    if (isRequested) stop.request('CANCELLED');
  }

  async #record({ id }: Replication, changes: ReplicationChanges, { reason }: Stop): Promise<void> {
    if (reason instanceof UpstreamError || reason instanceof StoreError) {
      this.#log.warn({ replication: id, reason: reason.message }, 'replication stopped');
    } else if (reason instanceof Error) {
      this.#log.error({ replication: id, reason: reason.message, stack: reason.stack }, 'replication broke');
    }
    this.#log.info({ replication: id, status: changes.status }, 'replication ended');
    this.#unrecorded.set(id, changes);
    await this.settle(id).catch(() => {});
  }
}
