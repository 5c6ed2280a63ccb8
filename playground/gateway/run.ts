import type { DocumentNode } from 'graphql';
import type { Answer } from './gateway.js';

/** One press of the run button: what was asked, and what came back so far. */
export interface Run {
  /** Another run has another one; the results of a subscription share theirs. */
  readonly id: number;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Null until there is one; of a subscription the newest. */
  readonly answer: Answer | null;
}
