import { afterAll } from '@jest/globals';

const actions: (() => Promise<unknown>)[] = [];

/** Runs an action after all tests of the Jest file, which can be those of several test files. */
export function atSuiteEnd(action: () => Promise<unknown>): void {
  actions.push(action);
}

// `describe-file.ts` imports this module outside any `describe`, so the hook belongs to the whole Jest file.
afterAll(async () => {
  for (const action of actions.splice(0).reverse()) await action();
});
