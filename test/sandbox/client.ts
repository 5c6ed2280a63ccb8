import type { Sandbox } from '../../src/sandbox/index.js';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Body if it is a JSON object, otherwise {}. */
  body: Record<string, unknown>;
  /** Body if it is a JSON array, or the `data` of a list, otherwise []. */
  list: Record<string, unknown>[];
}

export type Send = (method: string, path: string, body?: unknown) => Promise<Reply>;

/** Creates a client that sends JSON, or FormData as multipart, with these headers. */
export function client(base: string, headers: Record<string, string>): Send {
  return async (method, path, body) => {
    const isForm = body instanceof FormData;
    const type: Record<string, string> =
      body === undefined || isForm ? {} : { 'content-type': 'application/json' };
    const payload = isForm ? body : JSON.stringify(body);
    const response = await fetch(base + path, {
      method,
      headers: { ...type, ...headers },
      ...(body === undefined ? {} : { body: payload }),
    });
    return toReply(response.status, response.headers, await response.text());
  };
}

export function astriaClient(sandbox: Sandbox, key = sandbox.astriaKey): Send {
  return client(sandbox.astriaUrl, { authorization: `Bearer ${key}` });
}

export function portkeyClient(sandbox: Sandbox, key = sandbox.portkeyKey): Send {
  return client(sandbox.portkeyUrl, { 'x-portkey-api-key': key });
}

function toReply(status: number, headers: Headers, text: string): Reply {
  const value = parse(text);
  const data = isRecord(value) ? value.data : value;
  return {
    status,
    headers,
    text,
    body: isRecord(value) ? value : {},
    list: Array.isArray(data) ? data.filter(isRecord) : [],
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Waits until the probe returns a value. Fails after 30 seconds. */
export async function until<T>(
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error('The probe returned no value within 30 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Returns the code and message of a Portkey error. */
export function portkeyError(reply: Reply): { code: unknown; message: string } {
  const data = isRecord(reply.body.data) ? reply.body.data : {};
  return { code: data.errorCode, message: String(data.message) };
}
