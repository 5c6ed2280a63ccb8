import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ImageFile } from '../../domain/prompt.js';
import type { StreamBody } from '../transport.js';

/** Field of a form: a string or a file. */
export type FormField = readonly [name: string, value: string | ImageFile];

const CRLF = '\r\n';

/** Escapes a string for a quoted parameter of a part's header, like browsers do (RFC 7578, 4.2). */
function quoted(value: string): string {
  return value.replace(/\r\n?|\n/g, '%0D%0A').replace(/"/g, '%22');
}

function partHead(boundary: string, name: string, value: string | ImageFile): string {
  const disposition = `--${boundary}${CRLF}Content-Disposition: form-data; name="${quoted(name)}"`;
  if (typeof value === 'string') return `${disposition}${CRLF}${CRLF}`;
  return `${disposition}; filename="${quoted(value.filename)}"${CRLF}Content-Type: ${value.contentType}${CRLF}${CRLF}`;
}

/**
 * Encodes a form as a stream of known length. Files are read as the connection consumes them, whereas Node's FormData needs
 * complete Blobs.
 */
export function multipartBody(fields: readonly FormField[]): StreamBody {
  const boundary = `promptgate-${randomBytes(16).toString('hex')}`;
  const tail = `--${boundary}--${CRLF}`;
  const contentLength = fields.reduce((sum, [name, value]) => {
    const size = typeof value === 'string' ? Buffer.byteLength(value) : value.size;
    return sum + Buffer.byteLength(partHead(boundary, name, value)) + size + CRLF.length;
  }, Buffer.byteLength(tail));

  let isBroken = false;
  async function* encode(): AsyncGenerator<Buffer> {
    for (const [name, value] of fields) {
      yield Buffer.from(partHead(boundary, name, value));
      try {
        if (typeof value === 'string') yield Buffer.from(value);
        else yield* value.open();
      } catch (error) {
        isBroken = true;
        throw error;
      }
      yield Buffer.from(CRLF);
    }
    yield Buffer.from(tail);
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength,
    stream: Readable.from(encode(), { objectMode: false }),
    isBroken: () => isBroken,
  };
}
