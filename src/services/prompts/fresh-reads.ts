interface Flight<T> {
  readonly running: Promise<T>;
  next: Promise<T> | null;
}

/**
 * Shares reads among those who ask for the same at about the same time, so that none gets an answer that was asked for
 * before it came: who comes while a read is under way waits for the next one.
 */
export class FreshReads<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** @param key Names everything that the result depends on, the account included. */
  read(key: string, start: () => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key);
    if (!flight) return this.#begin(key, start);
    flight.next ??= flight.running.then(
      () => this.#begin(key, start),
      () => this.#begin(key, start),
    );
    return flight.next;
  }

  #begin(key: string, start: () => Promise<T>): Promise<T> {
    const flight: Flight<T> = { running: start(), next: null };
    this.#flights.set(key, flight);
    const end = () => {
      if (flight.next === null) this.#flights.delete(key);
    };
    flight.running.then(end, end);
    return flight.running;
  }
}
