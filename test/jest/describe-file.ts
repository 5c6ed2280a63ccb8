import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { CALLBACK_CHANNEL, EXCHANGE_CHANNEL } from '../contract/channels.js';
import { currentViolations, useViolations, Violations } from '../contract/violations.js';
import { recordExchanges, takeExchanges } from '../support/program.js';
import './core-errors.js';
import './suite-end.js';

const onExchange = (message: unknown) => currentViolations().record(message);
const onCallback = (message: unknown) => currentViolations().recordCallback(message);

subscribe(EXCHANGE_CHANNEL, onExchange);
subscribe(CALLBACK_CHANNEL, onCallback);
// The channels outlive the modules of this suite.
afterAll(() => {
  unsubscribe(EXCHANGE_CHANNEL, onExchange);
  unsubscribe(CALLBACK_CHANNEL, onCallback);
});
recordExchanges();

/**
 * Declares the tests of one test file in a block of its name. The block fails if the file's exchanges with the sandbox contain
 * anything undocumented, whether the sandbox is in this process or in a program that the file started.
 * @param file Relative to `test`, without a suffix.
 */
export function describeFile(file: string, declareTests: () => void): void {
  describe(file, () => {
    const violations = new Violations(file);
    useViolations(violations);
    beforeAll(() => useViolations(violations));
    declareTests();
    afterAll(() => {
      for (const [channel, message] of takeExchanges()) {
        if (channel === CALLBACK_CHANNEL) violations.recordCallback(message);
        else violations.record(message);
      }
      const found = violations.list();
      if (found.length === 0) return;
      throw new Error(`Undocumented exchanges with the sandbox:\n${found.join('\n')}`);
    });
  });
}
