import { subscribe } from 'node:diagnostics_channel';
import { afterAll, expect } from '@jest/globals';
import { CALLBACK_CHANNEL, EXCHANGE_CHANNEL } from '../contract/exchange.js';
import { currentViolations, startViolations } from '../contract/violations.js';

subscribe(EXCHANGE_CHANNEL, (message) => currentViolations().record(message));
subscribe(CALLBACK_CHANNEL, (message) => currentViolations().recordCallback(message));

/** Fails a test file whose exchanges with the sandbox contain anything undocumented. */
export default function checkContracts(): void {
  const violations = startViolations(expect.getState().testPath ?? '');
  afterAll(() => {
    const found = violations.list();
    if (found.length === 0) return;
    throw new Error(`Undocumented exchanges with the sandbox:\n${found.join('\n')}`);
  });
}
