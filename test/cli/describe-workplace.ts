import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { openWorkplace, type Workplace } from './command.js';

/** Opens a workplace for the tests of the surrounding file, and resets its sandbox before each of them. */
export function describeWorkplace(): Workplace {
  let place: Workplace;
  beforeAll(async () => {
    place = await openWorkplace();
  });
  afterAll(() => place.close());
  beforeEach(() => place.sandbox.reset());
  return {
    get sandbox() {
      return place.sandbox;
    },
    get url() {
      return place.url;
    },
    get env() {
      return place.env;
    },
    start: (...args) => place.start(...args),
    run: (...args) => place.run(...args),
    startAlone: (...args) => place.startAlone(...args),
    runAlone: (...args) => place.runAlone(...args),
    onCreates: (fault) => place.onCreates(fault),
    close: () => place.close(),
  };
}
