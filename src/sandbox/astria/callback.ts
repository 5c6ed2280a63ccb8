import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';

const TIMEOUT_MS = 5_000;

/** Publishes every callback, so that tests can check it against the documentation. */
const CALLBACKS = channel('promptgate.sandbox.callback');

/** Type of a callback. 'prompts' is the callback of a pack run, with all its prompts. */
export type CallbackKind = 'prompt' | 'tune' | 'prompts';

/** Posts settled objects to their callback URL once, without redirects and retries. Failures are not reported. */
export class CallbackSender {
  readonly #inFlight = new Set<http.ClientRequest>();

  send(url: string, kind: CallbackKind, payload: unknown): void {
    CALLBACKS.publish({ kind, body: payload });
    const body = Buffer.from(JSON.stringify(payload));
    const request = this.#open(url, body.length);
    if (!request) return;
    this.#inFlight.add(request);
    const timer = setTimeout(() => request.destroy(), TIMEOUT_MS);
    timer.unref();
    request.on('response', (response) => response.resume());
    request.on('error', () => undefined);
    request.on('close', () => {
      clearTimeout(timer);
      this.#inFlight.delete(request);
    });
    request.end(body);
  }

  abort(): void {
    for (const request of this.#inFlight) request.destroy();
    this.#inFlight.clear();
  }

  #open(url: string, length: number): http.ClientRequest | null {
    const headers = { 'content-type': 'application/json', 'content-length': length, 'user-agent': 'Astria' };
    try {
      const target = new URL(url);
      const client = target.protocol === 'https:' ? https : http;
      // Without an agent, no idle connection remains that would keep the receiving server open.
      return client.request(target, { method: 'POST', headers, agent: false });
    } catch {
      return null;
    }
  }
}
