import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';

const MEGABYTE = 1024 * 1024;
const MAX_BUFFERED_BYTES = 4 * MEGABYTE;
const LIMITS = { fields: 500, fieldSize: MEGABYTE, files: 40, fileSize: 1024 * MEGABYTE, parts: 540 };

/** Thrown if the client disconnects before its request is complete. */
export class ClientDisconnectedError extends Error {}

export interface FileDescription {
  filename: string;
  contentType: string;
  size: number;
  sha256: string;
}

/** An uploaded file with its hash and its first bytes. Small files also keep all their bytes. */
export class UploadedFile {
  constructor(
    readonly filename: string,
    readonly contentType: string,
    readonly size: number,
    readonly sha256: string,
    readonly head: Buffer,
    readonly bytes: Buffer | undefined,
  ) {}

  describe(): FileDescription {
    return { filename: this.filename, contentType: this.contentType, size: this.size, sha256: this.sha256 };
  }
}

export interface FormEntry {
  name: string;
  value: string | UploadedFile;
}

export interface FormBody {
  kind: 'form';
  entries: FormEntry[];
}

export interface InvalidBody {
  kind: 'invalid';
  status: 400 | 413 | 415;
  message: string;
}

/** Reads a multipart body as a stream, so that a file of any size takes at most 4 MiB of memory. */
export function readForm(req: IncomingMessage): Promise<FormBody | InvalidBody> {
  return new Promise((resolve, reject) => {
    const stop = (status: 400 | 413, message: string) => {
      req.unpipe();
      req.resume();
      resolve({ kind: 'invalid', status, message });
    };
    const parser = openParser(req);
    if (!parser) {
      stop(400, 'multipart body without a boundary');
      return;
    }
    const entries = collectEntries(parser, stop);
    parser.on('error', () => stop(400, 'malformed multipart body'));
    parser.on('close', () => {
      Promise.all(entries).then(
        (all) => resolve({ kind: 'form', entries: all }),
        () => stop(400, 'malformed multipart body'),
      );
    });
    req.on('close', () => {
      if (req.complete) return;
      parser.destroy();
      reject(new ClientDisconnectedError());
    });
    req.on('error', () => reject(new ClientDisconnectedError()));
    req.pipe(parser);
  });
}

/** Collects the parts in a list that is complete when the parser closes. Calls `stop` if a limit is exceeded. */
function collectEntries(
  parser: busboy.Busboy,
  stop: (status: 413, message: string) => void,
): readonly (FormEntry | Promise<FormEntry>)[] {
  const entries: (FormEntry | Promise<FormEntry>)[] = [];
  parser.on('field', (name, value, info) => {
    if (info.valueTruncated) stop(413, `${name} is too large`);
    else entries.push({ name, value });
  });
  parser.on('file', (name, stream, info) => {
    stream.on('limit', () => stop(413, `${name} is too large`));
    const entry = readFile(stream, info.filename ?? '', info.mimeType).then((value) => ({ name, value }));
    // The parser's 'error' or 'close' event reports a failed read.
    entry.catch(() => undefined);
    entries.push(entry);
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => stop(413, 'too many parts'));
  }
  return entries;
}

function openParser(req: IncomingMessage): busboy.Busboy | null {
  try {
    return busboy({ headers: req.headers, limits: LIMITS, defParamCharset: 'utf8' });
  } catch {
    return null;
  }
}

function readFile(stream: Readable, filename: string, contentType: string): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    let size = 0;
    let head = Buffer.alloc(0);
    let buffered: Buffer[] | null = [];
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      size += chunk.length;
      if (head.length < 16) head = Buffer.concat([head, chunk]).subarray(0, 16);
      if (size > MAX_BUFFERED_BYTES) buffered = null;
      buffered?.push(chunk);
    });
    stream.on('error', reject);
    stream.on('end', () => {
      const bytes = buffered ? Buffer.concat(buffered) : undefined;
      resolve(new UploadedFile(filename, contentType, size, hash.digest('hex'), Buffer.from(head), bytes));
    });
  });
}
