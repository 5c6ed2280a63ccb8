/** The streams that are being sent, so that they can be ended when the gateway closes. */
export class OpenStreams {
  readonly #ends = new Set<() => void>();
  #areEnding = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * @param end Ends the stream in order; called at once when the gateway is closing already.
   * @returns Forgets the stream again.
   */
  add(end: () => void): () => void {
    if (this.#areEnding) end();
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends all streams, and those that begin later as well. */
  end(): void {
    this.#areEnding = true;
    for (const end of this.#ends) end();
  }
}
