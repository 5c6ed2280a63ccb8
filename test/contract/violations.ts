import { CALLBACKS } from './astria/callbacks.js';
import { checkExchange, describeViolation } from './check-exchange.js';
import { callback, exchange } from './exchange.js';
import { fieldProblems } from './issues.js';

/** Folders whose tests send requests to the sandbox directly, some of them invalid on purpose. */
const DIRECT_CLIENTS = /^(sandbox|contract)\//;

/** Collects the contract violations of one test file. */
export class Violations {
  readonly #found = new Set<string>();
  readonly #ignored: Set<'request' | 'response'>;

  /** @param testFile Path relative to `test`, with slashes. */
  constructor(testFile: string) {
    this.#ignored = new Set(DIRECT_CLIENTS.test(testFile) ? ['request'] : []);
  }

  /** Checks a message of the sandbox's channel. Never throws, since nothing catches errors of a subscriber. */
  record(message: unknown): void {
    try {
      for (const violation of checkExchange(exchange.parse(message))) {
        if (!this.#ignored.has(violation.side)) this.#found.add(describeViolation(violation));
      }
    } catch (error) {
      this.#found.add(`The exchange could not be checked. ${String(error)}`);
    }
  }

  /** Checks a message of the sandbox's callback channel, like {@link record}. */
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

  /** Returns each distinct violation once. */
  list(): readonly string[] {
    return [...this.#found].sort();
  }
}

let current = new Violations('');

export const currentViolations = (): Violations => current;

/** Sets the violations of the test file that is being declared or run. */
export function useViolations(violations: Violations): void {
  current = violations;
}

/**
 * Call at the top of a test file that puts undocumented data into the sandbox on purpose. Requests are still checked.
 * @param _reason Explains to the reader why the sandbox must return undocumented data.
 */
export function expectUndocumentedResponses(_reason: string): void {
  current.ignore('response');
}
