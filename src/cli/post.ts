import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

/** How long it may take until there is a connection. */
const CONNECTING_MS = 10_000;

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Posts to an address, and waits for the answer for as long as the signal lets it. On a connection of its own: one that was
 * kept may be closed in the very moment in which it is used again. No redirect is followed.
 * By the means of Node.js: what can do more takes longer to load than most commands take for all the rest.
 * @throws Error when there is no whole answer.
 */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { request } = url.startsWith('https:') ? https : http;
  const call = request(url, { method: 'POST', headers, agent: false, signal });
  // For those errors that come when the head of the answer is there: its body tells of them as well.
  call.on('error', () => {});
  const connecting = setTimeout(() => call.destroy(new Error('no connection')), CONNECTING_MS);
  call.once('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)));
  call.end(body);
  try {
    const [response] = (await once(call, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode ?? 0, text: await text(response) };
  } finally {
    clearTimeout(connecting);
  }
}
