import { readFileSync } from 'node:fs';
import type Database from 'libsql';
import { monotonicMs, wallClockMs } from '../../domain/clock.js';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * The clock of recorded times. It is read from the wall clock once, when the record is first opened after the machine's
 * start, and is never set after that: all processes that share the record agree on it, also across restarts.
 */
export class RecordClock {
  /** Unix milliseconds at which {@link monotonicMs} was 0. */
  #startedAt = wallClockMs() - monotonicMs();

  /** Unix milliseconds, or close to that where the wall clock was set. */
  readonly now = (): number => Math.round(this.#startedAt + monotonicMs());

  /** Agrees with the other processes that share the record. Without a name for the machine's start there is no agreement. */
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

/** Milliseconds since the machine's start: the same clock in every process. */
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
