import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './gateway.js';

export interface RawAnswer {
  readonly status: number;
  /** Headers with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Connection on which a test writes every byte. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything that was received. */
  readonly text: () => string;
  /** Waits for the complete first response. */
  answer(patienceMs?: number): Promise<RawAnswer>;
  /** Resolves when the gateway has closed the connection. */
  closed(patienceMs?: number): Promise<void>;
}

export async function rawClient(url: string, text = ''): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, '')).on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  let received = '';
  let isClosed = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  return {
    socket,
    text: () => received,
    async answer(patienceMs?: number) {
      await until(() => isWhole(received), Boolean, patienceMs);
      return readAnswer(received);
    },
    async closed(patienceMs?: number) {
      await until(() => isClosed, Boolean, patienceMs);
    },
  };
}

/** Builds the head of a request, with a host and a final empty line. */
export function head(line: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  return text.length - end - 4 >= Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
}

function readAnswer(text: string): RawAnswer {
  const [top = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [status = '', ...lines] = top.split('\r\n');
  const headers = lines.map((line) => line.split(/: (.*)/s).slice(0, 2));
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name = '', value = '']) => [name.toLowerCase(), value])),
    body,
  };
}
