import type { GraphQLFormattedError } from 'graphql';

/** What is asked of the gateway. */
export interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Those of the headers editor; they win over those that come of the keys. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A file for the variable at `path`, such as `variables.input.inputImage.upload`. */
export interface Attachment {
  readonly path: string;
  readonly file: File;
}

/** What the gateway answers: a result of GraphQL. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

/** The gateway that serves this page, asked with the keys that the person has given. */
export interface Gateway {
  /**
   * Sends a query or mutation; as a GraphQL multipart request where there are files.
   * @param ending Takes it back.
   * @throws Error when there is no answer.
   */
  execute(operation: Operation, files?: readonly Attachment[], ending?: AbortSignal): Promise<Answer>;
  /** Follows a subscription (over the page's one WebSocket) until it is complete or its iterator is returned. */
  subscribe(operation: Operation): AsyncIterableIterator<Answer>;
}
