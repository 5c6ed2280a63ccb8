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
   * Returns false if there is no place left.
   * @param source Null for a source that stands for many clients, and has no share.
   */
  take(source: string | null): boolean {
    if (this.#taken >= this.#max) return false;
    if (source !== null) {
      const own = this.#bySource.get(source) ?? 0;
      if (own >= this.#share) return false;
      this.#bySource.set(source, own + 1);
    }
    this.#taken += 1;
    return true;
  }

  leave(source: string | null): void {
    this.#taken -= 1;
    if (source === null) return;
    const own = this.#bySource.get(source) ?? 0;
    if (own > 1) this.#bySource.set(source, own - 1);
    else this.#bySource.delete(source);
  }
}
