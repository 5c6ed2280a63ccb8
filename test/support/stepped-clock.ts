import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PRELOAD = new URL('./stepped-clock-preload.js', import.meta.url);
const LIBRARY = findLibrary();

/** Kind of clock: only `Date.now`, or every call of the operating system by libfaketime. */
export type ClockKind = 'Date.now' | 'libfaketime';

/** Kinds that this machine supports. */
export const CLOCK_KINDS: readonly ClockKind[] =
  LIBRARY === null ? ['Date.now'] : ['Date.now', 'libfaketime'];

/** Wall clock of a gateway in a separate process. A test can set it while the gateway runs. */
export class SteppedClock {
  readonly #kind: ClockKind;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'promptgate-clock-'));

  constructor(kind: ClockKind) {
    this.#kind = kind;
    this.set(0);
  }

  /** Environment of the gateway's process. */
  get env(): Record<string, string> {
    if (this.#kind === 'Date.now')
      return { NODE_OPTIONS: `--import=${PRELOAD.href}`, STEPPED_CLOCK_FILE: this.#file };
    return {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets the clock ahead of the machine's clock. */
  set(aheadMs: number): void {
    const seconds = aheadMs / 1_000;
    const text = this.#kind === 'Date.now' ? String(aheadMs) : `${seconds < 0 ? '' : '+'}${seconds}`;
    writeFileSync(this.#file, text);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return path.join(this.#folder, 'ahead');
  }
}

/** Finds Debian's libfaketime for multi-threaded programs. Returns null if it is not installed. */
function findLibrary(): string | null {
  if (!existsSync('/usr/lib')) return null;
  const files = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`);
  return files.find((file) => existsSync(file)) ?? null;
}
