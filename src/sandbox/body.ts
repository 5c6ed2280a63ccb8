import type { IncomingMessage } from 'node:http';
import { ClientDisconnectedError, type FormBody, type InvalidBody, readForm } from './form.js';
import { parseLossless } from './lossless-json.js';
import type { UpstreamName } from './types.js';

const JSON_LIMIT = 2 * 1024 * 1024;

export type Body = { kind: 'none' } | { kind: 'json'; value: unknown; size: number } | FormBody | InvalidBody;

/** Parses the string of a body. @throws SyntaxError */
type ParseJson = (text: string) => unknown;

/** JSON parsers. Portkey bodies contain free-form JSON, whose large integers and unusual keys must be returned unaltered. */
export const PARSERS: Readonly<Record<UpstreamName, ParseJson>> = {
  astria: JSON.parse,
  portkey: parseLossless,
};

/** Reads the whole request body. JSON of up to 2 MiB is held in memory, multipart files are streamed. */
export async function readBody(req: IncomingMessage, parse: ParseJson = JSON.parse): Promise<Body> {
  if (req.headers['content-length'] === '0') return { kind: 'none' };
  if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined) {
    return { kind: 'none' };
  }
  const type = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return readForm(req);
  const text = await readText(req);
  if (text === null) return { kind: 'invalid', status: 413, message: 'request body is too large' };
  if (text === '') return { kind: 'none' };
  if (type !== 'application/json') {
    return { kind: 'invalid', status: 415, message: `unsupported content type ${type || '(none)'}` };
  }
  try {
    return { kind: 'json', value: parse(text), size: text.length };
  } catch {
    return { kind: 'invalid', status: 400, message: 'request body is not valid JSON' };
  }
}

/** Returns null if the body exceeds the limit. The rest of it is read and discarded. */
function readText(req: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= JSON_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
    });
    req.on('end', () => resolve(size > JSON_LIMIT ? null : Buffer.concat(chunks).toString('utf8')));
    req.on('error', () => reject(new ClientDisconnectedError()));
    req.on('close', () => reject(new ClientDisconnectedError()));
  });
}

/** Returns the representation of a body in a recorded request. */
export function describeBody(body: Body): unknown {
  if (body.kind === 'json') return body.value;
  if (body.kind === 'invalid') return { invalid: body.message };
  if (body.kind === 'none') return null;
  const fields: Record<string, unknown> = Object.create(null);
  for (const { name, value } of body.entries) {
    const description = typeof value === 'string' ? value : value.describe();
    if (!(name in fields)) fields[name] = name.endsWith('[]') ? [description] : description;
    else fields[name] = [fields[name], description].flat();
  }
  return { ...fields };
}
