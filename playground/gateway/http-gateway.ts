import { buildSchema, type GraphQLSchema } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { toFormData } from '../uploads/multipart.js';
import type { Answer, Attachment, Gateway, Operation } from './gateway.js';

/** How often a WebSocket that has broken is opened again, with growing pauses, before what it carried fails. */
const RETRIES = 3;

/** What the gateway says instead of its schema. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused';
  constructor(
    message: string,
    /** A token or a key may help. */
    readonly needsKeys: boolean,
  ) {
    super(message);
  }
}

/** The gateway that serves this page: queries and mutations by HTTP, subscriptions by WebSocket. */
export class HttpGateway implements Gateway {
  readonly #clients = new Map<string, Client>();
  readonly #keyHeaders: () => Record<string, string>;

  /** @param keyHeaders Those that carry the keys, as they are now. */
  constructor(keyHeaders: () => Record<string, string>) {
    this.#keyHeaders = keyHeaders;
  }

  async execute(
    operation: Operation,
    files: readonly Attachment[] = [],
    ending?: AbortSignal,
  ): Promise<Answer> {
    const headers = this.#headersFor(operation);
    headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
    headers.set('content-type', 'application/json');
    if (files.length > 0) {
      // The browser says what the form is, and where its parts begin.
      headers.delete('content-type');
      // Asked for where a form is sent, against forgery by other sites.
      headers.set('apollo-require-preflight', 'true');
    }
    const body = files.length > 0 ? toFormData(operation, files) : JSON.stringify(requestOf(operation));
    const response = await reach('graphql', { method: 'POST', headers, body, signal: ending ?? null });
    return readAnswer(response);
  }

  subscribe(operation: Operation): AsyncIterableIterator<Answer> {
    let results: AsyncIterableIterator<Answer> | null = null;
    const begun = () => {
      results ??= this.#clientFor(operation).iterate<Record<string, unknown>>(requestOf(operation));
      return results;
    };
    return {
      async next() {
        try {
          return await begun().next();
        } catch (error) {
          // An operation that is refused ends with its errors.
          if (Array.isArray(error)) return { value: { errors: error }, done: false };
          throw new Error(whyClosed(error));
        }
      },
      // Not an async generator, which could only be ended between two results.
      return: async () => results?.return?.() ?? { value: undefined, done: true },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Closes what was opened with other keys. */
  hangUp(): void {
    for (const client of this.#clients.values()) void client.dispose();
    this.#clients.clear();
  }

  /** The gateway's schema, without an introspection: that is off outside the sandbox. @throws SchemaRefused, or Error when there is no answer. */
  async schema(headers: Readonly<Record<string, string>> = {}): Promise<GraphQLSchema> {
    const response = await reach('schema.graphql', {
      headers: this.#headersFor({ query: '', headers }),
    });
    const text = await response.text();
    if (response.ok) return buildSchema(text, { assumeValid: true });
    const isRefused = response.status === 401 || response.status === 403;
    throw new SchemaRefused(messageIn(text) ?? `the gateway answered ${response.status}`, isRefused);
  }

  #headersFor({ headers = {} }: Operation): Headers {
    const all = new Headers(this.#keyHeaders());
    for (const [name, value] of Object.entries(headers)) setHeader(all, name, value);
    return all;
  }

  /** A WebSocket says who is there once, at its beginning; so there is one per set of headers. It closes when it is idle. */
  #clientFor(operation: Operation): Client {
    const connectionParams = Object.fromEntries(this.#headersFor(operation));
    const name = JSON.stringify(connectionParams);
    const known = this.#clients.get(name);
    if (known) return known;
    const url = address('graphql').href.replace(/^http/, 'ws');
    const client = createClient({ url, connectionParams, retryAttempts: RETRIES });
    this.#clients.set(name, client);
    return client;
  }
}

/** Beside this page, wherever a proxy has put it. */
const address = (path: string) => new URL(path, document.baseURI);

async function reach(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address(path), request);
  } catch {
    throw new Error('The gateway cannot be reached. Is it running?');
  }
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new Error(`No header can be ${JSON.stringify(name)} with this value: see the headers editor.`);
  }
}

function requestOf({ query, operationName, variables }: Operation) {
  return {
    query,
    ...(operationName && { operationName }),
    ...(variables && { variables: { ...variables } }),
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    const answer: Answer | null = JSON.parse(text);
    if (answer?.data !== undefined || Array.isArray(answer?.errors)) return answer;
  } catch {
    // Told below.
  }
  throw new Error(
    `the gateway answered ${response.status} ${response.statusText}, which is no result of GraphQL`,
  );
}

function messageIn(text: string): string | null {
  try {
    const { errors }: Answer = JSON.parse(text);
    return errors?.[0]?.message ?? null;
  } catch {
    return text.trim().slice(0, 500) || null;
  }
}

function whyClosed(error: unknown): string {
  if (error instanceof CloseEvent)
    return `the WebSocket to the gateway was closed: ${error.reason || 'no reason given'} (${error.code})`;
  return error instanceof Error ? error.message : 'the WebSocket to the gateway has failed';
}
