import { once } from 'node:events';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { DRAIN_TIMEOUT_MS } from '../../src/http/shutdown.js';
import type { Sandbox } from '../../src/sandbox/index.js';
import {
  PromptUpdatedDocument,
  ReplicatePromptsDocument,
  ReplicationProgressDocument,
} from '../__generated__/operations.js';
import { at, startTestGateway, type TestGateway, until } from './gateway.js';
import type { GatewayProcess } from './gateway-process.js';

export const WATCH = `${ReplicationProgressDocument}`;
export const FOLLOW = `${PromptUpdatedDocument}`;
export const JSON_TYPE = { 'content-type': 'application/json' };
export const SSE = { ...JSON_TYPE, accept: 'text/event-stream' };
export const MULTIPART = {
  ...JSON_TYPE,
  accept: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9',
};

/** Starts a gateway whose library has 30 prompts. */
export async function startStreamingGateway(env: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startTestGateway({ env, sandbox: { seed: 'empty' } });
  fillLibrary(gateway.sandbox);
  return gateway;
}

/** Adds 30 prompts to the library. */
export function fillLibrary({ portkey }: Sandbox): void {
  for (let n = 0; n < 30; n += 1) portkey.addPrompt({ name: `p${n}` });
}

/** Delays every create request of a replication. With 100 ms each, a job takes 1.5 seconds. */
export function slowDown({ sandbox }: TestGateway, delayMs = 100): void {
  sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs, times: 0 });
}

/** Starts a replication and returns its id. Each model gets a separate job. */
export async function startJob(gateway: Pick<TestGateway, 'run'>, targetModel = 'gpt-5'): Promise<string> {
  const options = { concurrency: 2, nameTemplate: `{name}-${targetModel}` };
  const { replicatePrompts } = await gateway.run(ReplicatePromptsDocument, { targetModel, options });
  if (!replicatePrompts?.replication) throw new Error(JSON.stringify(replicatePrompts));
  return replicatePrompts.replication.id;
}

/** Returns a function that starts replications, each to another model, and returns their ids. */
export function jobStarter(gateway: Pick<TestGateway, 'run'>): () => Promise<string> {
  let models = 0;
  return () => {
    models += 1;
    return startJob(gateway, `model-${models}`);
  };
}

/** Returns the number of open subscriptions in the gateway, according to its log. */
export function subscriptionsUnderWay({ logLines }: TestGateway): number {
  const count = (words: string) => logLines.filter((line) => line.includes(words)).length;
  return count('Subscription started.') - count('Subscription ended.');
}

/** Waits until this number of subscriptions is open. */
export const untilUnderWay = (gateway: TestGateway, count: number) =>
  until(
    () => subscriptionsUnderWay(gateway),
    (now) => now === count,
  );

/** Returns true if the updates of an image prompt are complete: running at first, succeeded only at the end. */
export function isPromptStory(prompts: readonly unknown[]): boolean {
  const statuses = prompts.map((prompt) => at(prompt, 'status'));
  return (
    statuses.length > 1 && statuses.at(-1) === 'SUCCEEDED' && !statuses.slice(0, -1).includes('SUCCEEDED')
  );
}

/** Returns true if the updates of a job are complete: several states, of which only the last is final. */
export function isWholeStory(statuses: readonly unknown[]): boolean {
  return (
    statuses.length > 2 && statuses.at(-1) === 'COMPLETED' && !statuses.slice(0, -1).includes('COMPLETED')
  );
}

export interface OpenResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Returns the text received so far. */
  readonly text: () => string;
  readonly hasEnded: () => boolean;
  /** Resolves with the complete text after the end. */
  readonly whole: () => Promise<string>;
  /** Destroys the connection. */
  readonly vanish: () => void;
}

/** Sends an operation and returns the response as soon as its head has arrived. */
export async function open(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  agent?: http.Agent,
): Promise<OpenResponse> {
  const request = http.request(`${url}/graphql`, { method: 'POST', headers, agent: agent ?? false });
  request.end(typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    response.on('close', resolve);
  });
  response.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  response.on('end', () => {
    hasEnded = true;
  });
  // Destroying the connection causes expected errors.
  response.on('error', () => {});
  request.on('error', () => {});
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: () => text,
    hasEnded: () => hasEnded,
    async whole() {
      await ended;
      return text;
    },
    vanish: () => request.destroy(),
  };
}

export interface StreamEvent {
  readonly event: string;
  /** Parsed data, or null without any. */
  readonly data: unknown;
}

/** Parses server-sent events without comments. */
export function sseEvents(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [event = '', data = ''] = block.split('\n').map((line) => line.replace(/^\w+: ?/, ''));
      return { event, data: data === '' ? null : (JSON.parse(data) as unknown) };
    });
}

/** Returns the results in a multipart stream without heartbeats. */
export function multipartPayloads(text: string): unknown[] {
  return text
    .split('--graphql')
    .filter((part) => part.includes('{'))
    .map((part) => at(JSON.parse(part.slice(part.indexOf('{'))), 'payload'))
    .filter((payload) => payload !== undefined);
}

/** Terminates a gateway, which must end before its time limit for open requests. */
export async function endSoon(gateway: GatewayProcess, patienceMs = DRAIN_TIMEOUT_MS): Promise<void> {
  gateway.terminate();
  await until(
    () => gateway.isAlive,
    (isAlive) => !isAlive,
    patienceMs,
  );
}

/** Opens a connection and sends raw bytes. */
export async function rawConnection(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** Builds the bytes of a POST request. */
export function rawPost(body: unknown, headers: Record<string, string>): string {
  const text = JSON.stringify(body);
  const lines = Object.entries({ host: 'gateway', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `POST /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** WebSocket client that leaves the protocol to the test. */
export class BareSocket {
  readonly messages: unknown[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly socket: WebSocket;

  constructor(
    url: string,
    headers: Record<string, string> = {},
    protocols: string | string[] = 'graphql-transport-ws',
  ) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, { headers });
    this.socket.on('message', (data: RawData) => this.messages.push(JSON.parse(String(data))));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('error', () => {});
  }

  /** Resolves when the socket is open or has failed. */
  async opened(): Promise<this> {
    await until(
      () => this.socket.readyState,
      (state) => state !== WebSocket.CONNECTING,
    );
    return this;
  }

  /** Sends `connection_init` and waits for the response. */
  async init(payload?: unknown): Promise<this> {
    await this.opened();
    this.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
    await until(() => this.messages.length > 0 || this.closed !== null, Boolean);
    return this;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** Returns the messages of one operation. */
  of(id: string): unknown[] {
    return this.messages.filter((message) => at(message, 'id') === id);
  }

  /** Waits for the last message of an operation. */
  finished(id: string): Promise<unknown[]> {
    return until(
      () => this.of(id),
      (messages) => ['complete', 'error'].includes(String(at(messages.at(-1), 'type'))),
    );
  }

  /** Waits for the end of the connection. */
  async end(): Promise<{ code: number; reason: string }> {
    await until(() => this.closed !== null, Boolean);
    return this.closed ?? { code: 0, reason: '' };
  }
}
