interface Flight {
  readonly result: Promise<unknown>;
  readonly cancel: AbortController;
  passengers: number;
}

/**
 * Makes identical calls that are under way at the same time one call. The call is cancelled when the last of those who
 * wait for it has gone. The key must name everything that the result depends on, the credential included.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

  async join<T>(
    key: string,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#depart(key, start);
    flight.passengers += 1;
    let leave: (() => void) | undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal?.reason);
      signal?.addEventListener('abort', leave, { once: true });
    });
    try {
      return (await Promise.race([flight.result, left])) as T;
    } finally {
      if (leave) signal?.removeEventListener('abort', leave);
      flight.passengers -= 1;
      if (flight.passengers === 0 && this.#flights.get(key) === flight) {
        this.#flights.delete(key);
        flight.cancel.abort(new Error('nobody waits for this any more'));
      }
    }
  }

  #depart(key: string, start: (signal: AbortSignal) => Promise<unknown>): Flight {
    const cancel = new AbortController();
    const result = start(cancel.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    // Its passengers handle the failure; when all have left there is nobody to tell.
    result.catch(() => {});
    const flight: Flight = { result, cancel, passengers: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}
