import { readFileSync } from 'node:fs';
import type Database from 'libsql';
import { monotonicMs, wallClockMs } from '../../domain/clock.js';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * Clock for the times in the store. It is set from the wall clock once, when the store is first opened after a boot of the
 * machine, and never again. All processes that share the store agree on it, even after a restart.
 */
export class RecordClock {
  /** Unix milliseconds at which {@link monotonicMs} was 0. */
  #startedAt = wallClockMs() - monotonicMs();

  /** Returns Unix milliseconds. Approximate if the wall clock was changed. */
  readonly now = (): number => Math.round(this.#startedAt + monotonicMs());

  /** Synchronizes with the other processes that share the store. Does nothing if the system has no boot id. */
  share(database: Database.Database): void {
    const boot = bootId();
    if (boot === null) return;
    const processStart = machineMs() - monotonicMs();
    const insert = 'INSERT INTO clock (boot, started_at) VALUES (?, ?) ON CONFLICT DO NOTHING';
    const find = database.prepare('SELECT started_at FROM clock WHERE boot = ?').raw();
    const startedAt = () => find.get([boot]) as [number] | undefined;
    if (!startedAt()) {
      database.prepare(insert).run([boot, this.#startedAt - processStart]);
      database.prepare('DELETE FROM clock WHERE boot <> ?').run([boot]);
    }
    const [machineStart] = startedAt() ?? [];
    if (machineStart !== undefined) this.#startedAt = machineStart + processStart;
  }
}

/** Returns the milliseconds since boot, which are the same in every process. */
function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

function bootId(): string | null {
  try {
    return readFileSync(BOOT_ID_FILE, 'utf8').trim();
  } catch {
    return null;
  }
}
