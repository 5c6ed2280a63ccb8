import type { Cancellable, CancelScope } from './cancel-scope.js';

/** Call in progress that several waiters can share. It is abandoned when the last waiter leaves. */
export abstract class Flight {
  /** Waiters for the result, usually one. */
  readonly #waiters: Waiter[] = [];
  #onEnd: (() => void) | null = null;

  /** Starts the call and returns its result like {@link join}. @param onEnd Called once, when the call has ended. */
  begin(scope: CancelScope | null, onEnd: (() => void) | null = null): Promise<unknown> {
    this.#onEnd = onEnd;
    // Join first, because the call may end while it starts.
    const result = this.join(scope);
    this.start();
    return result;
  }

  /** Returns the result. Rejects if `scope` is cancelled first. */
  join(scope: CancelScope | null): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this, scope, resolve, reject);
      this.#waiters.push(waiter);
      scope?.add(waiter);
    });
  }

  /** Removes a waiter and rejects its promise. */
  leave(waiter: Waiter): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.scope?.delete(waiter);
    waiter.reject(this.cancelled());
    if (this.#waiters.length > 0) return;
    this.abandon();
    this.#end();
  }

  protected succeed(value: unknown): void {
    this.#end();
    for (const waiter of this.#waiters) waiter.resolve(value);
  }

  protected fail(error: unknown): void {
    this.#end();
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  #end(): void {
    this.#onEnd?.();
    this.#onEnd = null;
    for (const waiter of this.#waiters) waiter.scope?.delete(waiter);
    this.end();
  }

  protected abstract start(): void;
  /** Returns the error for a waiter that leaves. */
  protected abstract cancelled(): Error;
  /** Stops the call after the last waiter has left. */
  protected abstract abandon(): void;
  /** Releases the call's resources after it has ended in any way. */
  protected abstract end(): void;
}

class Waiter implements Cancellable {
  constructor(
    readonly flight: Flight,
    readonly scope: CancelScope | null,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  cancel(): void {
    this.flight.leave(this);
  }
}

/** Merges identical calls in progress into one call. */
export class SingleFlight {
  /** Calls by key. An entry drops its call at its end, because V8 retains old entries of a long-lived Map. */
  readonly #flights = new Map<string, { flight: Flight | null }>();

  /** @param key Identifies everything that the result depends on, including the credential. */
  join(key: string, scope: CancelScope | null, create: () => Flight): Promise<unknown> {
    const current = this.#flights.get(key)?.flight;
    if (current) return current.join(scope);
    const flight = create();
    const entry: { flight: Flight | null } = { flight };
    this.#flights.set(key, entry);
    return flight.begin(scope, () => {
      this.#flights.delete(key);
      entry.flight = null;
    });
  }
}
