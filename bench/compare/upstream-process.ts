import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createdPrompt, objectAt } from './library.js';

/** Serialized responses of both upstreams. Each contestant has its own port, so that its calls can be counted. */
const responses = new Map<string, Buffer | null>();
const missing = Buffer.from('{"error":"not found"}');

const count = Number(process.argv[2] ?? 1);
const calls = new Array<number>(count).fill(0);
const servers = await Promise.all(calls.map((_, contestant) => listen(contestant)));

process.on('message', (message) => {
  if (message === 'calls') process.send?.(calls);
});
process.on('disconnect', () => process.exit());
process.send?.(servers.map((server) => (server.address() as AddressInfo).port));

function prepared(url: string): Buffer | null {
  const cached = responses.get(url);
  if (cached !== undefined) return cached;
  const object = objectAt(url);
  const body = object === null ? null : Buffer.from(JSON.stringify(object));
  responses.set(url, body);
  return body;
}

function listen(contestant: number): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    calls[contestant] = (calls[contestant] ?? 0) + 1;
    const send = (status: number, body: Buffer) => {
      response.writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
      });
      response.end(body);
    };
    if (!request.headers.authorization && !request.headers['x-portkey-api-key']) {
      return send(401, Buffer.from('{"error":"a key is missing"}'));
    }
    if (request.method === 'POST')
      return request.resume().on('end', () => send(201, Buffer.from(JSON.stringify(createdPrompt()))));
    const body = prepared(request.url ?? '/');
    send(body === null ? 404 : 200, body ?? missing);
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
