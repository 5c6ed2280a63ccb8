import type * as Jest from '@jest/globals';

// What `@jest/globals` exports are live bindings here, so that helpers, which are loaded once, always have those of the
// test file that runs now.
export let afterAll: typeof Jest.afterAll;
export let afterEach: typeof Jest.afterEach;
export let beforeAll: typeof Jest.beforeAll;
export let beforeEach: typeof Jest.beforeEach;
export let describe: typeof Jest.describe;
export let expect: typeof Jest.expect;
export let it: typeof Jest.it;
export let jest: typeof Jest.jest;

/** For the test file that runs next. */
export function setGlobals(globals: typeof Jest): void {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } = globals);
}
