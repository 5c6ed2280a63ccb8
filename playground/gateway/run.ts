import type { DocumentNode } from 'graphql';
import type { Answer } from './gateway.js';

/** One press of the run button: the operation and its response so far. */
export interface Run {
  /** Unique id of the run, which all results of a subscription share. */
  readonly id: number;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Newest response, or null before the first. */
  readonly answer: Answer | null;
}
