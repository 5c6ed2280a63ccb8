import { isDeepStrictEqual } from 'node:util';
import type { PreparedRequest } from './http-load.js';
import type { Workload } from './workloads.js';

const PATH = '/graphql';

function headersOf(credential: number): Record<string, string> {
  const digits = String(credential).padStart(6, '0');
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    'x-astria-api-key': `sd_bench_${digits}`,
    'x-portkey-api-key': `pk_bench_${digits}`,
  };
}

function bodyOf({ query, variables }: Workload): string {
  return JSON.stringify({ query, variables });
}

/** Sends a workload once, and builds the bytes of its request for each credential. */
export async function prepare(
  port: number,
  workload: Workload,
  credentials: number,
): Promise<PreparedRequest> {
  const body = bodyOf(workload);
  const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: 'POST',
    headers: headersOf(0),
    body,
  });
  const expected = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${workload.name}: ${response.status} ${expected}`);
  const requests = Array.from({ length: credentials }, (_, credential) => {
    const headers = Object.entries(headersOf(credential)).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers.join('')}`;
    return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
  return { requests, expected };
}

/** Reads a path of the upstream once, and builds the bytes of its request. */
export async function prepareRead(port: number, path: string): Promise<PreparedRequest> {
  const headers = { authorization: 'Bearer sd_bench' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const expected = Buffer.from(await response.arrayBuffer());
  const lines = `host: 127.0.0.1:${port}\r\nauthorization: ${headers.authorization}\r\n`;
  return { requests: [Buffer.from(`GET ${path} HTTP/1.1\r\n${lines}\r\n`)], expected };
}

/** @throws Error if two servers respond with different data, or with errors. */
export function requireSameData(workload: Workload, bodies: ReadonlyMap<string, Buffer>): void {
  const [[firstName, firstBody] = ['', Buffer.from('{}')], ...others] = bodies;
  const first = dataOf(workload, firstName, firstBody);
  for (const [name, body] of others) {
    if (!isDeepStrictEqual(dataOf(workload, name, body), first))
      throw new Error(`${workload.name}: ${name} and ${firstName} respond with different data.`);
  }
}

function dataOf(workload: Workload, name: string, body: Buffer): unknown {
  const response: { data?: unknown; errors?: unknown } = JSON.parse(body.toString());
  if (response.errors !== undefined || !response.data)
    throw new Error(`${workload.name}: ${name} responds with ${body.toString().slice(0, 500)}`);
  return response.data;
}
