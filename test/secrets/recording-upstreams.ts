import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sandbox } from '../../src/sandbox/index.js';

/** Response instead of the one of the sandbox. */
export interface Instead {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** Both emulated APIs with custom keys and a record of all received bytes. */
export interface RecordingUpstreams {
  readonly astriaUrl: string;
  readonly portkeyUrl: string;
  /** Request lines, headers and bodies that an API received. */
  received(upstream: 'astria' | 'portkey'): string;
  /** Replaces the responses to requests of one method or of all, by their key. Null restores the sandbox. */
  respondWith(instead: ((key: string) => Instead) | null, method?: string): void;
  close(): Promise<void>;
}

/** @param aliases Keys of the sandbox, by the keys that replace them. */
export async function startRecordingUpstreams(
  sandbox: Sandbox,
  aliases: Readonly<Record<string, string>>,
): Promise<RecordingUpstreams> {
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
    respondWith(given, ofMethod) {
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

/** Forwards a request. A failure also fails the request of the caller. */
function forward(url: URL, options: http.RequestOptions, body: Buffer, response: http.ServerResponse): void {
  const onward = http.request(url, options, (forwarded) => {
    response.writeHead(forwarded.statusCode ?? 500, forwarded.headers);
    forwarded.on('error', () => response.destroy());
    forwarded.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  onward.end(body);
}
