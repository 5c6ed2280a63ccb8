import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sandbox } from '../../src/sandbox/index.js';

/** An answer in place of the sandbox's. */
export interface Instead {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** Both emulated APIs under keys of their own choice, with every byte kept that has come in. */
export interface MarkedUpstreams {
  readonly astriaUrl: string;
  readonly portkeyUrl: string;
  /** What has come to an API: request lines, headers and bodies. */
  received(upstream: 'astria' | 'portkey'): string;
  /** Answers requests by itself, given their keys, of all methods or of one; null: the sandbox answers. */
  answerWith(instead: ((key: string) => Instead) | null, method?: string): void;
  close(): Promise<void>;
}

/** @param aliases The keys that the sandbox knows, by those that stand for them. */
export async function startMarkedUpstreams(
  sandbox: Sandbox,
  aliases: Readonly<Record<string, string>>,
): Promise<MarkedUpstreams> {
  const received = { astria: '', portkey: '' };
  let instead: ((key: string) => Instead) | null = null;
  let only: string | undefined;
  const server = http.createServer(async (request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    const upstream = url.startsWith('/astria') ? 'astria' : 'portkey';
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    received[upstream] += `${method} ${url}\n${rawHeaders.join('\n')}\n${body.toString('latin1')}\n`;
    const headers = { ...request.headers };
    const key = String(headers['x-portkey-api-key'] ?? headers.authorization?.replace(/^Bearer /, ''));
    if (instead && (only ?? method) === method) {
      const { status, headers: given = {}, body: text } = instead(key);
      response.writeHead(status, { 'content-type': 'application/json', ...given }).end(text);
      return;
    }
    const known = aliases[key] ?? key;
    if (headers.authorization) headers.authorization = `Bearer ${known}`;
    if (headers['x-portkey-api-key']) headers['x-portkey-api-key'] = known;
    forward(new URL(url, sandbox.url), { method, headers }, body, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    astriaUrl: `${url}/astria`,
    portkeyUrl: `${url}/portkey/v1`,
    received: (upstream) => received[upstream],
    answerWith(given, ofMethod) {
      instead = given;
      only = ofMethod;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What goes wrong on the way goes wrong for the caller as well. */
function forward(url: URL, options: http.RequestOptions, body: Buffer, response: http.ServerResponse): void {
  const onward = http.request(url, options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  onward.end(body);
}
