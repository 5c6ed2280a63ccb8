import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../playground/gateway/gateway.js';
import { errorsOf, resultIterator, singleResult } from '../../playground/session/results.js';

const FIRST: GatewayResult = { data: { n: 1 } };
const SECOND: GatewayResult = { data: { n: 2 } };
const END = { value: undefined, done: true } as const;

interface Waiting {
  readonly resolve: (result: IteratorResult<GatewayResult>) => void;
  readonly reject: (why: unknown) => void;
}

/** Source of results that the test releases one by one. */
function source() {
  const asked: Waiting[] = [];
  const results: AsyncIterator<GatewayResult> = {
    next: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
  };
  /** Resolves the oldest pending call of `next`. */
  const come = (value: GatewayResult) => asked.shift()?.resolve({ value, done: false });
  return {
    results,
    come,
    end: () => asked.shift()?.resolve(END),
    fail: (why: unknown) => asked.shift()?.reject(why),
  };
}

function setup(continuesAfterStop = false) {
  const upstream = source();
  const heard: GatewayResult[] = [];
  let stops = 0;
  const answered = (answer: GatewayResult) => void heard.push(answer);
  const stop = () => {
    stops += 1;
  };
  const results = resultIterator(upstream.results, { onResult: answered, stop, continuesAfterStop });
  return { ...upstream, results, heard, stops: () => stops };
}

describe('results on their way to GraphiQL', () => {
  it('the results on their way to GraphiQL are reported as they arrive until they end', async () => {
    const { results, come, end, heard, stops } = setup();
    const shown: GatewayResult[] = [];
    const all = (async () => {
      for await (const answer of results) shown.push(answer);
    })();
    for (const answer of [FIRST, SECOND]) {
      come(answer);
      await new Promise(setImmediate);
    }
    end();
    await all;
    expect([shown, heard, stops()]).toEqual([[FIRST, SECOND], [FIRST, SECOND], 0]);
  });

  it('the results on their way to GraphiQL are reported as an empty result when none arrive', async () => {
    const { results, end, heard } = setup();
    const next = results.next();
    end();
    expect(await next).toEqual(END);
    expect(heard).toEqual([{}]);
  });

  it('the results on their way to GraphiQL consist of a single error when the source fails', async () => {
    const heard: GatewayResult[] = [];
    const failing = { next: () => Promise.reject(new Error('cannot be reached')) };
    const telling = {
      onResult: (answer: GatewayResult) => void heard.push(answer),
      stop: () => {},
      continuesAfterStop: false,
    };
    const results = resultIterator(failing, telling);
    const answer = { errors: [{ message: 'cannot be reached' }] };
    expect(await results.next()).toEqual({ value: answer, done: false });
    expect(await results.next()).toEqual(END);
    expect(heard).toEqual([answer]);
    expect(errorsOf('no error')).toEqual({ errors: [{ message: 'no error' }] });
  });

  it('the results on their way to GraphiQL stop immediately with an empty result, and ignore later ones', async () => {
    const { results, come, heard, stops } = setup();
    const next = results.next();
    await results.return?.();
    expect([heard, stops()]).toEqual([[{}], 1]);
    come(FIRST);
    expect(await next).toEqual(END);
    expect(heard).toEqual([{}]);
  });

  it('the results on their way to GraphiQL hide the AbortError that stopping causes', async () => {
    const { results, fail, heard } = setup();
    const next = results.next();
    await results.return?.();
    fail(new DOMException('aborted', 'AbortError'));
    expect([await next, heard]).toEqual([END, [{}]]);
  });

  it('the results on their way to GraphiQL keep the last result when they are stopped after it', async () => {
    const { results, come, heard, stops } = setup();
    const next = results.next();
    come(FIRST);
    await next;
    await results.return?.();
    expect([heard, stops()]).toEqual([[FIRST], 1]);
  });

  it('the results on their way to GraphiQL of a continuing operation are still reported after a stop, but no longer reach GraphiQL', async () => {
    const { results, come, heard, stops } = setup(true);
    const next = results.next();
    await results.return?.();
    expect([heard, stops()]).toEqual([[], 0]);
    come(FIRST);
    expect(await next).toEqual(END);
    expect([heard, stops()]).toEqual([[FIRST], 0]);
  });
});

describe('operation with one result', () => {
  it('an operation with one result is sent once, when its result is requested', async () => {
    let sent = 0;
    const results = singleResult(async () => {
      sent += 1;
      return FIRST;
    });
    expect(sent).toBe(0);
    expect(await results.next()).toEqual({ value: FIRST, done: false });
    expect(await results.next()).toEqual(END);
    expect(sent).toBe(1);
  });

  it('an operation with one result is not sent again when it has failed', async () => {
    const results = singleResult(() => Promise.reject(new Error('cannot be reached')));
    await expect(results.next()).rejects.toThrow('cannot be reached');
    expect(await results.next()).toEqual(END);
  });
});
