/** A place where a rule does not apply. */
interface Exception {
  readonly file: string;
  /** Part of the line. */
  readonly text: string;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'docs/idempotency.md',
    text: 'the fault `504-after`',
    reason: 'It is a fault of the sandbox.',
  },
  {
    file: 'src/sandbox/portkey/seed-content.ts',
    text: 'Grade the answer against the reference',
    reason: 'An LLM prompt may speak of an answer to a question.',
  },
];
