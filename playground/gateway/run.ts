import type { DocumentNode } from 'graphql';
import type { GatewayResult } from './gateway.js';

/** Run of an operation with its newest response. */
export interface Run {
  /** Unique id of the run, which all results of a subscription share. */
  readonly id: number;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Newest response, or null before the first. */
  readonly result: GatewayResult | null;
}
