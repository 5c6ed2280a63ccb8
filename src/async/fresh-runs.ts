interface Flight<T> {
  readonly running: Promise<T>;
  next: Promise<T> | null;
}

/**
 * Runs work once for all who ask for the same at about the same time. Nobody gets the result of a run that began before they
 * asked: those who come during a run share the next one.
 */
export class FreshRuns<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** @param key Names everything that the result depends on. */
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
