/** Share of the slots that one source may use. */
const SHARE = 1 / 4;

/** Limits concurrent use in total, and to a quarter of it for each source. Stores only sources that hold a slot. */
export class ConnectionSlots {
  readonly #max: number;
  readonly #maxPerSource: number;
  readonly #bySource = new Map<string, number>();
  #inUse = 0;

  constructor(max: number) {
    this.#max = max;
    this.#maxPerSource = Math.max(1, Math.floor(max * SHARE));
  }

  get inUse(): number {
    return this.#inUse;
  }

  /**
   * Acquires a slot. Returns a function that frees it, or null if the source cannot have one.
   * @param source Null for a source that represents many clients. Then only the total is limited.
   */
  acquire(source: string | null): (() => void) | null {
    if (this.#inUse >= this.#max) return null;
    const used = source === null ? 0 : (this.#bySource.get(source) ?? 0);
    if (used >= this.#maxPerSource) return null;
    this.#add(source, 1);
    return () => this.#add(source, -1);
  }

  #add(source: string | null, count: 1 | -1): void {
    this.#inUse += count;
    if (source === null) return;
    const used = (this.#bySource.get(source) ?? 0) + count;
    if (used > 0) this.#bySource.set(source, used);
    else this.#bySource.delete(source);
  }
}
