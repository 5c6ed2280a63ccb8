import { buildSchema, type GraphQLSchema } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { toFormData } from '../uploads/multipart.js';
import type { Attachment, Gateway, GatewayResult, Operation } from './gateway.js';

/** Number of times that a broken WebSocket is reopened, with growing pauses, before its operations fail. */
const RETRIES = 3;

/** Thrown with the gateway's message if it does not return its schema. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused';
  constructor(
    message: string,
    /** True if a token or key may help. */
    readonly needsKeys: boolean,
  ) {
    super(message);
  }
}

/** Gateway that serves this page, with queries and mutations over HTTP and subscriptions over WebSocket. */
export class HttpGateway implements Gateway {
  readonly #clients = new Map<string, Client>();
  readonly #keyHeaders: () => Record<string, string>;

  /** @param keyHeaders Returns the headers with the current keys. */
  constructor(keyHeaders: () => Record<string, string>) {
    this.#keyHeaders = keyHeaders;
  }

  async execute(
    operation: Operation,
    files: readonly Attachment[] = [],
    signal?: AbortSignal,
  ): Promise<GatewayResult> {
    const headers = this.#headersFor(operation);
    headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
    headers.set('content-type', 'application/json');
    if (files.length > 0) {
      // The browser sets the content type of the form with its boundary.
      headers.delete('content-type');
      // The CSRF prevention requires this header for forms.
      headers.set('apollo-require-preflight', 'true');
    }
    const body = files.length > 0 ? toFormData(operation, files) : JSON.stringify(requestOf(operation));
    const response = await fetchFromGateway('graphql', {
      method: 'POST',
      headers,
      body,
      signal: signal ?? null,
    });
    return readResult(response);
  }

  subscribe(operation: Operation): AsyncIterableIterator<GatewayResult> {
    let results: AsyncIterableIterator<GatewayResult> | null = null;
    const started = () => {
      results ??= this.#clientFor(operation).iterate<Record<string, unknown>>(requestOf(operation));
      return results;
    };
    return {
      async next() {
        try {
          return await started().next();
        } catch (error) {
          // A rejected operation ends with its errors.
          if (Array.isArray(error)) return { value: { errors: error }, done: false };
          throw new Error(closeReason(error));
        }
      },
      // An async generator could only be ended between two results.
      return: async () => results?.return?.() ?? { value: undefined, done: true },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Closes the connections that use other keys. */
  disconnect(): void {
    for (const client of this.#clients.values()) void client.dispose();
    this.#clients.clear();
  }

  /**
   * Returns the gateway's schema without introspection, which is off outside the sandbox.
   * @throws SchemaRefused, or Error if there is no response.
   */
  async schema(headers: Readonly<Record<string, string>> = {}): Promise<GraphQLSchema> {
    const response = await fetchFromGateway('schema.graphql', {
      headers: this.#headersFor({ query: '', headers }),
    });
    const text = await response.text();
    if (response.ok) return buildSchema(text, { assumeValid: true });
    const needsKeys = response.status === 401 || response.status === 403;
    throw new SchemaRefused(
      messageIn(text) ?? `The gateway responded with status ${response.status}.`,
      needsKeys,
    );
  }

  #headersFor({ headers = {} }: Operation): Headers {
    const all = new Headers(this.#keyHeaders());
    for (const [name, value] of Object.entries(headers)) setHeader(all, name, value);
    return all;
  }

  /** Returns the client for these headers. A WebSocket authenticates once, so each set of headers has a separate one. */
  #clientFor(operation: Operation): Client {
    const connectionParams = Object.fromEntries(this.#headersFor(operation));
    const name = JSON.stringify(connectionParams);
    const existing = this.#clients.get(name);
    if (existing) return existing;
    const url = pageUrl('graphql').href.replace(/^http/, 'ws');
    const client = createClient({ url, connectionParams, retryAttempts: RETRIES });
    this.#clients.set(name, client);
    return client;
  }
}

/** Returns a URL relative to this page, which a proxy may serve below any path. */
const pageUrl = (path: string) => new URL(path, document.baseURI);

async function fetchFromGateway(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(pageUrl(path), request);
  } catch {
    throw new Error('The gateway cannot be reached. Is it running?');
  }
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new Error(`The header ${JSON.stringify(name)} or its value is invalid. Check the headers editor.`);
  }
}

function requestOf({ query, operationName, variables }: Operation) {
  return {
    query,
    ...(operationName && { operationName }),
    ...(variables && { variables: { ...variables } }),
  };
}

async function readResult(response: Response): Promise<GatewayResult> {
  const text = await response.text();
  try {
    const result: GatewayResult | null = JSON.parse(text);
    if (result?.data !== undefined || Array.isArray(result?.errors)) return result;
  } catch {
    // The error below reports this.
  }
  throw new Error(
    `The gateway responded with ${response.status} ${response.statusText} instead of a GraphQL result.`,
  );
}

function messageIn(text: string): string | null {
  try {
    const { errors }: GatewayResult = JSON.parse(text);
    return errors?.[0]?.message ?? null;
  } catch {
    return text.trim().slice(0, 500) || null;
  }
}

function closeReason(error: unknown): string {
  if (error instanceof CloseEvent)
    return `The WebSocket to the gateway was closed: ${error.reason || 'no reason given'} (${error.code}).`;
  return error instanceof Error ? error.message : 'The WebSocket to the gateway has failed.';
}
