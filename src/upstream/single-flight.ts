import type { Cancellable, CancelScope } from './cancel-scope.js';

/** A call in progress, and those who wait for its result. It is abandoned when the last of them leaves. */
export abstract class Flight {
  /** Usually has one element. */
  readonly #waiters: Waiter[] = [];
  #onEnd: (() => void) | null = null;

  /** Starts the call, and returns its result like {@link join}. @param onEnd Called once the call has ended. */
  begin(scope: CancelScope | null, onEnd: (() => void) | null = null): Promise<unknown> {
    this.#onEnd = onEnd;
    // It may end while it starts.
    const result = this.join(scope);
    this.start();
    return result;
  }

  /** Returns the result, or fails when `scope` is cancelled first. */
  join(scope: CancelScope | null): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this, scope, resolve, reject);
      this.#waiters.push(waiter);
      scope?.add(waiter);
    });
  }

  /** Lets one of those who wait go. */
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
  /** Error for one who leaves. */
  protected abstract cancelled(): Error;
  /** Stops the call: nobody waits for it any more. */
  protected abstract abandon(): void;
  /** Releases what the call holds. It has ended, in any way. */
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

/** Makes identical calls in progress one call. */
export class SingleFlight {
  /** V8 retains old entries of a long-lived Map. So an entry drops its call when the call has ended. */
  readonly #flights = new Map<string, { flight: Flight | null }>();

  /** @param key Names everything that the result depends on, the credential included. */
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
