import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from '../../src/upstream/single-flight.js';

/** Calls that end when the test says so. */
function startable() {
  const started: { signal: AbortSignal; finish: (value: string) => void; fail: (error: Error) => void }[] =
    [];
  const start = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => started.push({ signal, finish: resolve, fail: reject }));
  return { started, start };
}

describe('SingleFlight', () => {
  it('makes one call of two under one key', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const both = [flights.join('a', undefined, start), flights.join('a', undefined, start)];
    expect(started).toHaveLength(1);
    started[0]?.finish('answer');
    expect(await Promise.all(both)).toEqual(['answer', 'answer']);
  });

  it('keeps calls under different keys apart', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const both = [flights.join('a', undefined, start), flights.join('b', undefined, start)];
    expect(started).toHaveLength(2);
    started[1]?.finish('of b');
    started[0]?.finish('of a');
    expect(await Promise.all(both)).toEqual(['of a', 'of b']);
  });

  it('remembers nothing once a call has ended, well or badly', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const first = flights.join('a', undefined, start);
    started[0]?.finish('old');
    await first;
    const second = flights.join('a', undefined, start);
    started[1]?.fail(new Error('broken'));
    await expect(second).rejects.toThrow('broken');
    const third = flights.join('a', undefined, start);
    started[2]?.finish('new');
    expect(await third).toBe('new');
  });

  it('gives a failure to everyone who waits', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const both = [flights.join('a', undefined, start), flights.join('a', undefined, start)];
    started[0]?.fail(new Error('broken'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('goes on when one of two leaves', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const [leaver, stayer] = [new AbortController(), new AbortController()];
    const left = flights.join('a', leaver.signal, start);
    const stayed = flights.join('a', stayer.signal, start);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(started[0]?.signal.aborted).toBe(false);
    started[0]?.finish('answer');
    expect(await stayed).toBe('answer');
    expect(started).toHaveLength(1);
  });

  it('ends the call when all have left, and the next one begins anew', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [flights.join('a', one.signal, start), flights.join('a', other.signal, start)];
    one.abort(new Error('gone'));
    other.abort(new Error('gone too'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(started[0]?.signal.aborted).toBe(true);
    const next = flights.join('a', undefined, start);
    started[0]?.fail(new Error('aborted'));
    started[1]?.finish('fresh');
    expect(await next).toBe('fresh');
  });

  it('does not start for somebody who has left already', async () => {
    const [flights, { started, start }] = [new SingleFlight(), startable()];
    await expect(flights.join('a', AbortSignal.abort(new Error('gone')), start)).rejects.toThrow('gone');
    expect(started).toHaveLength(0);
  });
});
