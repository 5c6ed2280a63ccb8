import { subscribe } from 'node:diagnostics_channel';
import { afterAll, expect } from '@jest/globals';
import { CALLBACK_CHANNEL, EXCHANGE_CHANNEL } from '../contract/channels.js';
import { currentViolations, startViolations } from '../contract/violations.js';
import { recordExchanges, takeExchanges } from '../support/program.js';

subscribe(EXCHANGE_CHANNEL, (message) => currentViolations().record(message));
subscribe(CALLBACK_CHANNEL, (message) => currentViolations().recordCallback(message));
recordExchanges();

/**
 * Fails a test file whose exchanges with the sandbox contain anything undocumented, whether the sandbox is in this process
 * or in a program that the file started.
 */
export default function checkContracts(): void {
  const violations = startViolations(expect.getState().testPath ?? '');
  afterAll(() => {
    for (const [channel, message] of takeExchanges()) {
      if (channel === CALLBACK_CHANNEL) violations.recordCallback(message);
      else violations.record(message);
    }
    const found = violations.list();
    if (found.length === 0) return;
    throw new Error(`Undocumented exchanges with the sandbox:\n${found.join('\n')}`);
  });
}
