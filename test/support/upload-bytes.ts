import http from 'node:http';
import { type Answer, toAnswer } from './gateway.js';

/** Part of a multipart body. Its head is written unchanged, so that it can be invalid in any way. */
export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: string | Uint8Array;
}

const BOUNDARY = 'a-boundary-of-the-tests';
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;
/** Header that the gateway's CSRF prevention requires. */
const PREFLIGHT = { 'apollo-require-preflight': '1' };

/** Builds the head of a part. */
export function partHead({ name, filename, type }: Omit<Part, 'content'>): string {
  const file = filename === undefined ? '' : `; filename="${filename}"`;
  const contentType = type === undefined ? '' : `\r\ncontent-type: ${type}`;
  return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}${contentType}\r\n\r\n`;
}

export const BODY_END = `--${BOUNDARY}--\r\n`;

/** Builds a multipart body. */
export function multipart(parts: readonly Part[], end = BODY_END): Buffer {
  const pieces = parts.flatMap((part) => [
    Buffer.from(partHead(part)),
    Buffer.from(part.content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

/** Builds the two parts at the start of a GraphQL multipart request. */
export function operationParts(operations: unknown, map: unknown): Part[] {
  return [
    { name: 'operations', content: typeof operations === 'string' ? operations : JSON.stringify(operations) },
    { name: 'map', content: typeof map === 'string' ? map : JSON.stringify(map) },
  ];
}

interface OpenPost {
  readonly request: http.ClientRequest;
  /** Settles with the response, which may arrive before the request is complete. */
  readonly answer: Promise<Answer>;
}

/** Starts a POST to a gateway. The test writes, leaves incomplete or aborts the body. */
export function openPost(url: string, headers: http.OutgoingHttpHeaders = {}): OpenPost {
  const request = http.request(`${url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': MULTIPART, ...PREFLIGHT, ...headers },
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answered = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        const body = Buffer.concat(chunks);
        toAnswer(new Response(body, { status: response.statusCode ?? 0, headers: answered })).then(
          resolve,
          reject,
        );
      });
    });
  });
  // An aborted request has no response, which is not an error.
  answer.catch(() => undefined);
  request.flushHeaders();
  return { request, answer };
}

/** Sends a whole body with its length. */
export function postBytes(
  url: string,
  body: Uint8Array,
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  const { request, answer } = openPost(url, { 'content-length': body.length, ...headers });
  request.end(body);
  return answer;
}
