interface Flight<T> {
  readonly running: Promise<T>;
  next: Promise<T> | null;
}

/**
 * Shares runs of the same work among concurrent callers. No caller gets the result of a run that began before its call:
 * all callers that arrive during a run share the next one.
 */
export class FreshRuns<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** @param key Identifies everything that the result depends on. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const begin = () => this.#begin(key, work);
    const flight = this.#flights.get(key);
    if (!flight) return begin();
    flight.next ??= flight.running.then(begin, begin);
    return flight.next;
  }

  #begin(key: string, work: () => Promise<T>): Promise<T> {
    const flight: Flight<T> = { running: work(), next: null };
    this.#flights.set(key, flight);
    const end = () => {
      if (flight.next === null) this.#flights.delete(key);
    };
    flight.running.then(end, end);
    return flight.running;
  }
}
