/** What goes with a refusal: more about it for programs, and headers. */
export interface RefusalDetails {
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is turned away before it is executed; the message is for the client. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    { extensions = {}, headers = {} }: RefusalDetails = {},
  ) {
    super(message);
    this.extensions = extensions;
    this.headers = headers;
  }
}

/** The body of an answer that has nothing but an error, in GraphQL's form. */
export function errorBody(
  code: string,
  message: string,
  extensions: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] });
}
