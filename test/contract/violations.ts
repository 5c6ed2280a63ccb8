import { CALLBACKS } from './astria/callbacks.js';
import { checkExchange, describeViolation } from './check-exchange.js';
import { callback, exchange } from './exchange.js';
import { fieldProblems } from './issues.js';

/** These folders send requests to the sandbox themselves, wrong ones on purpose. */
const DIRECT_CLIENTS = /^(sandbox|contract)\//;

/** Collects what the exchanges of one test file contain that no documentation covers. */
export class Violations {
  readonly #found = new Set<string>();
  readonly #ignored: Set<'request' | 'response'>;

  /** @param testFile Relative to `test`, with slashes. */
  constructor(testFile: string) {
    this.#ignored = new Set(DIRECT_CLIENTS.test(testFile) ? ['request'] : []);
  }

  /** Takes a message of the sandbox's channel. Never throws: nothing catches what a subscriber throws. */
  record(message: unknown): void {
    try {
      for (const violation of checkExchange(exchange.parse(message))) {
        if (!this.#ignored.has(violation.side)) this.#found.add(describeViolation(violation));
      }
    } catch (error) {
      this.#found.add(`The exchange could not be checked. ${String(error)}`);
    }
  }

  /** Takes a message of the sandbox's channel for callbacks, like {@link record}. */
  recordCallback(message: unknown): void {
    try {
      const { kind, body } = callback.parse(message);
      if (this.#ignored.has('response')) return;
      for (const { field, problem } of fieldProblems(CALLBACKS[kind], body)) {
        this.#found.add(`astria callback of ${kind}: ${field}: ${problem}`);
      }
    } catch (error) {
      this.#found.add(`The callback could not be checked. ${String(error)}`);
    }
  }

  ignore(side: 'request' | 'response'): void {
    this.#ignored.add(side);
  }

  /** Each distinct violation once. */
  list(): readonly string[] {
    return [...this.#found].sort();
  }
}

let current = new Violations('');

export const currentViolations = (): Violations => current;

/** Sets those of the test file whose tests are declared or run now. */
export function useViolations(violations: Violations): void {
  current = violations;
}

/**
 * For the top of a test file that puts undocumented data into the sandbox on purpose. Requests are still checked.
 * @param _reason Tells the reader why the sandbox must respond with something undocumented.
 */
export function expectUndocumentedResponses(_reason: string): void {
  current.ignore('response');
}
