import { describe, expect, it } from '@jest/globals';
import { KEY_HOLDER } from '../../src/domain/principal.js';
import { RequestScope } from '../../src/http/graphql/request-scope.js';

const admitted = { principal: KEY_HOLDER, keys: { astria: null, portkey: null }, rateLimitKey: null };
const newScope = () => new RequestScope(Object.create(null), admitted);

/** Counts how often work in a scope is cancelled. */
class Work {
  cancelled = 0;

  constructor({ cancelScope }: RequestScope) {
    cancelScope.add(this);
  }

  cancel(): void {
    this.cancelled += 1;
  }
}

describe('request scope', () => {
  it('a request scope cancels its work when the client disconnects', () => {
    const scope = newScope();
    const work = new Work(scope);
    scope.end();
    expect(work.cancelled).toBe(1);
    expect(scope.cancelScope.isCancelled).toBe(true);
  });

  it('a request scope aborts its signal and cancels its work when the client disconnects', () => {
    const scope = newScope();
    const work = new Work(scope);
    const { signal } = scope;
    scope.end();
    expect(signal.aborted).toBe(true);
    expect(work.cancelled).toBe(1);
  });

  it('a request scope has an aborted signal when the client had disconnected before the signal was needed', () => {
    const scope = newScope();
    scope.end();
    expect(scope.signal.aborted).toBe(true);
  });

  it('a request scope cancels its work when its controller is aborted', () => {
    const scope = newScope();
    const work = new Work(scope);
    scope.abortController.abort();
    expect(work.cancelled).toBe(1);
    expect(scope.cancelScope.isCancelled).toBe(true);
  });
});
