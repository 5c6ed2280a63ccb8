import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type CliFixture, openCliFixture } from './command.js';

/** Opens a fixture for the tests of the surrounding file, and resets its sandbox before each of them. */
export function describeCliFixture(): CliFixture {
  let fixture: CliFixture;
  beforeAll(async () => {
    fixture = await openCliFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => fixture.sandbox.reset());
  return {
    get sandbox() {
      return fixture.sandbox;
    },
    get url() {
      return fixture.url;
    },
    get env() {
      return fixture.env;
    },
    start: (...args) => fixture.start(...args),
    run: (...args) => fixture.run(...args),
    startAlone: (...args) => fixture.startAlone(...args),
    runAlone: (...args) => fixture.runAlone(...args),
    onCreates: (fault) => fixture.onCreates(fault),
    close: () => fixture.close(),
  };
}
