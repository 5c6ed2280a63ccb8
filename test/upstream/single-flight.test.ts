import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { CancelScope, SignalScope } from '../../src/upstream/cancel-scope.js';
import { Flight, SingleFlight } from '../../src/upstream/single-flight.js';

/** Call that the test ends. */
class TestFlight extends Flight {
  isAbandoned = false;

  constructor(readonly onStart: (flight: TestFlight) => void = () => {}) {
    super();
  }

  override succeed(value: unknown): void {
    super.succeed(value);
  }

  override fail(error: unknown): void {
    super.fail(error);
  }

  protected override start(): void {
    this.onStart(this);
  }

  protected override cancelled(): Error {
    return new Error('gone');
  }

  protected override abandon(): void {
    this.isAbandoned = true;
  }

  protected override end(): void {}
}

/** Joins flights, and records the started ones. */
function setUp() {
  const flights = new SingleFlight();
  const started: TestFlight[] = [];
  const join = (key: string, signal?: AbortSignal) =>
    flights.join(key, signal ? new SignalScope(signal) : null, () => {
      const flight = new TestFlight();
      started.push(flight);
      return flight;
    });
  return { flights, started, join };
}

const statuses = async (results: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(results)).map(({ status }) => status);

describe('SingleFlight', () => {
  it('SingleFlight shares one call between two callers with the same key', async () => {
    const { started, join } = setUp();
    const both = [join('a'), join('a')];
    expect(started).toHaveLength(1);
    started[0]?.succeed('response');
    expect(await Promise.all(both)).toEqual(['response', 'response']);
  });

  it('SingleFlight makes separate calls for different keys', async () => {
    const { started, join } = setUp();
    const both = [join('a'), join('b')];
    expect(started).toHaveLength(2);
    started[1]?.succeed('of b');
    started[0]?.succeed('of a');
    expect(await Promise.all(both)).toEqual(['of a', 'of b']);
  });

  it('SingleFlight starts a new call after the previous one has ended, with or without an error', async () => {
    const { started, join } = setUp();
    const first = join('a');
    started[0]?.succeed('old');
    const second = join('a');
    expect(await first).toBe('old');
    started[1]?.fail(new Error('broken'));
    const third = join('a');
    await expect(second).rejects.toThrow('broken');
    started[2]?.succeed('new');
    expect(await third).toBe('new');
  });

  it('SingleFlight starts a new call after one that ended during its start', async () => {
    const { flights } = setUp();
    const join = (value: string) =>
      flights.join('a', null, () => new TestFlight((flight) => flight.succeed(value)));
    expect(await Promise.all([join('one'), join('other')])).toEqual(['one', 'other']);
  });

  it('SingleFlight passes an error to all waiting callers', async () => {
    const { started, join } = setUp();
    const both = [join('a'), join('a')];
    started[0]?.fail(new Error('broken'));
    expect(await statuses(both)).toEqual(['rejected', 'rejected']);
  });

  it('SingleFlight continues a call when one of two callers cancels', async () => {
    const { started, join } = setUp();
    const [leaver, stayer] = [new AbortController(), new AbortController()];
    const left = join('a', leaver.signal);
    const stayed = join('a', stayer.signal);
    leaver.abort();
    await expect(left).rejects.toThrow('gone');
    expect(started[0]?.isAbandoned).toBe(false);
    started[0]?.succeed('response');
    expect(await stayed).toBe('response');
    expect(started).toHaveLength(1);
  });

  it('SingleFlight ends a call when all callers cancel, and starts a new one for the next caller', async () => {
    const { started, join } = setUp();
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [join('a', one.signal), join('a', other.signal), join('a', other.signal)];
    one.abort();
    expect(started[0]?.isAbandoned).toBe(false);
    other.abort();
    expect(started[0]?.isAbandoned).toBe(true);
    const next = [join('a')];
    started[0]?.fail(new Error('aborted'));
    next.push(join('a'));
    started[1]?.succeed('fresh');
    expect(await statuses(waiting)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await Promise.all(next)).toEqual(['fresh', 'fresh']);
    expect(started).toHaveLength(2);
  });
});

describe('cancelled scope', () => {
  it('a cancelled scope releases all its callers, and ends the calls without other callers', async () => {
    const scope = new CancelScope();
    const flights = [new TestFlight(), new TestFlight()];
    const results = flights.flatMap((flight) => [flight.begin(scope), flight.join(scope)]);
    const stayed = flights[0]?.join(null);
    scope.cancel();
    expect(await statuses(results)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(flights.map(({ isAbandoned }) => isAbandoned)).toEqual([false, true]);
    flights[0]?.succeed('response');
    expect(await stayed).toBe('response');
    expect(scope.isEmpty).toBe(true);
  });
});

describe('signal of a caller', () => {
  it('the signal of a caller has one listener for all calls, and only while a call is in progress', async () => {
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, 'abort').length;
    const scope = new SignalScope(signal);
    const flights = Array.from({ length: 3 }, () => new TestFlight());
    expect(listeners()).toBe(0);
    const results = flights.map((flight) => flight.begin(scope));
    expect(listeners()).toBe(1);
    flights[0]?.succeed(1);
    flights[1]?.fail(new Error('broken'));
    expect(listeners()).toBe(1);
    flights[2]?.succeed(3);
    expect(listeners()).toBe(0);
    expect(await statuses(results)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const again = new TestFlight();
    const last = again.begin(scope);
    expect(listeners()).toBe(1);
    again.succeed(4);
    expect(await last).toBe(4);
  });
});
