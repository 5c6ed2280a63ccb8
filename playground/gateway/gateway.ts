import type { GraphQLFormattedError } from 'graphql';

/** Operation to send to the gateway. */
export interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Headers of the headers editor, which override the headers of the keys. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** File for the variable at `path`, such as `variables.input.inputImage.upload`. */
export interface Attachment {
  readonly path: string;
  readonly file: File;
}

/** GraphQL result of the gateway. */
export interface GatewayResult {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

/** Client of the gateway that serves this page. It sends the user's keys. */
export interface Gateway {
  /**
   * Sends a query or mutation, as a GraphQL multipart request if it has files.
   * @param signal Cancels the request.
   * @throws Error if there is no response.
   */
  execute(operation: Operation, files?: readonly Attachment[], signal?: AbortSignal): Promise<GatewayResult>;
  /** Follows a subscription over the page's WebSocket until it completes or its iterator is returned. */
  subscribe(operation: Operation): AsyncIterableIterator<GatewayResult>;
}
