/** Share of the places that one source may have. */
const SHARE = 1 / 4;

/** A limited number of places, a quarter of them for each source. Remembers only sources that have one. */
export class Places {
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
   * Returns a function that frees the place, or null if all places are taken.
   * @param source Null for a source that stands for many clients, and has no share.
   */
  take(source: string | null): (() => void) | null {
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
