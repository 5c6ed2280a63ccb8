import { expect } from '@jest/globals';
import type { TypedDocumentString } from '../__generated__/operations.js';
import { type Answer, toAnswer, until } from '../support/gateway.js';
import { BareSocket, rawConnection } from '../support/streams.js';

/** A client that keeps every answer. */
export class KeepingClient {
  readonly #url: string;
  readonly #sockets: BareSocket[] = [];
  #answers = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** Everything that has come back: heads and bodies, and what was said over WebSockets. */
  get answers(): string {
    const overSockets = this.#sockets.map(({ messages, closed }) => JSON.stringify([messages, closed]));
    return [this.#answers, ...overSockets].join('\n');
  }

  /** @param path Below the gateway's address. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.#url + path, { redirect: 'manual', ...init });
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.#answers += `${response.status}\n${head}\n${await response.clone().text()}\n`;
    return response;
  }

  /** A JSON request; `body` is a text where it is not well-formed. */
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
    const answer = await toAnswer<Data>(await this.post({ query: document, variables }, headers));
    expect(answer).toMatchObject({ status: 200, errors: undefined });
    return answer.data;
  }

  upload(form: FormData, headers: Record<string, string>): Promise<Response> {
    const preflight = { 'apollo-require-preflight': 'true' };
    return this.send('/graphql', { method: 'POST', headers: { ...preflight, ...headers }, body: form });
  }

  /** A request as its bytes, for what no client would send; the answer. */
  async sendRaw(request: string): Promise<string> {
    const socket = await rawConnection(this.#url, '');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.write(request, 'latin1');
    await until(() => isWhole(answer) || socket.closed, Boolean);
    socket.destroy();
    this.#answers += answer;
    return answer;
  }

  /** A WebSocket, not yet introduced. */
  socket(headers: Record<string, string> = {}): BareSocket {
    const socket = new BareSocket(this.#url, headers);
    this.#sockets.push(socket);
    return socket;
  }
}

function isWhole(answer: string): boolean {
  const [head = '', body = ''] = answer.split(/\r\n\r\n/, 2);
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
  return length !== undefined && body.length >= Number(length);
}
