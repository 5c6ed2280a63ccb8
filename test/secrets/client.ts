import { expect } from '@jest/globals';
import type { TypedDocumentString } from '../__generated__/operations.js';
import { type Answer, toAnswer, until } from '../support/gateway.js';
import { BareSocket, rawConnection } from '../support/streams.js';

/** Client that records every response. */
export class RecordingClient {
  readonly #url: string;
  readonly #sockets: BareSocket[] = [];
  #responses = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** All response heads and bodies, and all WebSocket messages. */
  get responses(): string {
    const overSockets = this.#sockets.map(({ messages, closed }) => JSON.stringify([messages, closed]));
    return [this.#responses, ...overSockets].join('\n');
  }

  /** @param path Relative to the URL of the gateway. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.#url + path, { redirect: 'manual', ...init });
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.#responses += `${response.status}\n${head}\n${await response.clone().text()}\n`;
    return response;
  }

  /** Sends a JSON request. `body` may be a malformed string. */
  async post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async ask(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return toAnswer(await this.post({ query, variables }, headers));
  }

  /** Runs a typed operation, which must succeed. */
  async run<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    headers: Record<string, string> = {},
  ): Promise<Data> {
    const response = await toAnswer<Data>(await this.post({ query: document, variables }, headers));
    expect(response).toMatchObject({ status: 200, errors: undefined });
    return response.data;
  }

  upload(form: FormData, headers: Record<string, string>): Promise<Response> {
    const preflight = { 'apollo-require-preflight': 'true' };
    return this.send('/graphql', { method: 'POST', headers: { ...preflight, ...headers }, body: form });
  }

  /** Sends raw bytes that no client would send, and returns the response. */
  async sendRaw(request: string): Promise<string> {
    const socket = await rawConnection(this.#url, '');
    let response = '';
    socket.setEncoding('latin1').on('data', (text) => {
      response += text;
    });
    socket.write(request, 'latin1');
    await until(() => isWhole(response) || socket.closed, Boolean);
    socket.destroy();
    this.#responses += response;
    return response;
  }

  /** Opens a WebSocket before `connection_init`. */
  socket(headers: Record<string, string> = {}): BareSocket {
    const socket = new BareSocket(this.#url, headers);
    this.#sockets.push(socket);
    return socket;
  }
}

function isWhole(response: string): boolean {
  const [head = '', body = ''] = response.split(/\r\n\r\n/, 2);
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
  return length !== undefined && body.length >= Number(length);
}
