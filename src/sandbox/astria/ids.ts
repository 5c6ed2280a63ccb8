/** Ids that grow and are never given out twice, even after the object is deleted. */
export class IdSequence {
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  /** The next id that is not a key of `used`. */
  take(used: ReadonlyMap<number, unknown>): number {
    while (used.has(this.#next)) this.#next += 1;
    this.#next += 1;
    return this.#next - 1;
  }
}
