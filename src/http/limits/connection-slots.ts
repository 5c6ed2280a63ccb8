/** Share of the places that one source may take. */
const SHARE = 1 / 4;

/** Limits concurrent use: in total, and to a quarter for each source. Only sources that hold a slot are stored. */
export class ConnectionSlots {
  readonly #max: number;
  readonly #share: number;
  readonly #bySource = new Map<string, number>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
    this.#share = Math.max(1, Math.floor(max * SHARE));
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Acquires a slot. Returns a function that frees it, or null if the source cannot have one.
   * @param source Null if it represents many clients, so that only the total is limited.
   */
  acquire(source: string | null): (() => void) | null {
    if (this.#taken >= this.#max) return null;
    const own = source === null ? 0 : (this.#bySource.get(source) ?? 0);
    if (own >= this.#share) return null;
    this.#add(source, 1);
    return () => this.#add(source, -1);
  }

  #add(source: string | null, count: 1 | -1): void {
    this.#taken += count;
    if (source === null) return;
    const own = (this.#bySource.get(source) ?? 0) + count;
    if (own > 0) this.#bySource.set(source, own);
    else this.#bySource.delete(source);
  }
}
