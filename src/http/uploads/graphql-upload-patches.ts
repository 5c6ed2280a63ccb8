/**
 * Patches of graphql-upload 17, and of fs-capacitor 8, which stores its temporary files. Each states why it is needed.
 */
import { createHash } from 'node:crypto';
import { unlink, writev } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import Upload from 'graphql-upload/Upload.mjs';
import { type FileContent, HEAD_BYTES, type UploadedFile } from '../../domain/uploaded-file.js';
import { badRequest } from '../request-error.js';

/** Maximum length of a path. The longest valid one is `variables.input.inputImage.upload`. */
const MAX_PATH_CHARACTERS = 1_000;

/**
 * Patches the parser that graphql-upload is about to pipe a request into.
 * @returns A promise that resolves when the parser has read the whole request or has failed. Waiting for the files is not
 * enough, because the map can name a file that no operation uses.
 */
export function whenParsed(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const pipe = request.pipe.bind(request);
    request.pipe = (parser, options) => {
      refuseLongPaths(parser);
      const ends = [finished(request, { writable: false }), finished(parser, { readable: false })];
      void Promise.allSettled(ends).then(() => resolve());
      return pipe(parser, options);
    };
  });
}

/**
 * Rejects long paths in the map. graphql-upload takes quadratic time, so a path of a hundred kilobytes would block the process
 * for seconds.
 */
function refuseLongPaths(parser: NodeJS.WritableStream): void {
  const emit = parser.emit.bind(parser);
  parser.emit = (event, ...args: unknown[]) => {
    const [name, value] = args;
    const isLong = event === 'field' && name === 'map' && hasLongPath(String(value));
    if (!isLong) return emit(event, ...args);
    const message = `A path in the map has more than ${MAX_PATH_CHARACTERS} characters. Shorten it.`;
    return emit('error', badRequest(message));
  };
}

/** Returns false for an invalid map as well, which graphql-upload reports. */
function hasLongPath(map: string): boolean {
  try {
    const paths = Object.values(Object(JSON.parse(map))).flat();
    return paths.some((path) => typeof path === 'string' && path.length > MAX_PATH_CHARACTERS);
  } catch {
    return false;
  }
}

/**
 * Protects Uploads. A path of the map can lead into an Upload and replace members that graphql-upload calls, which would crash
 * the process.
 */
Object.defineProperties(Upload.prototype, {
  // The constructor sets this property last.
  promise: { set: seal },
  // GraphQL prints a misplaced Upload.
  toJSON: { value: () => 'a file' },
});

function seal(this: Upload, promise: Upload['promise']): void {
  let firstFile: Upload['file'];
  let firstCapacitor: Capacitor | null = null;
  const set = (file: Upload['file']) => {
    const capacitor = capacitorOf(file);
    const content = receive(capacitor);
    if (!firstCapacitor || firstCapacitor.destroyed) {
      firstFile = file;
      firstCapacitor = capacitor;
      Object.defineProperties(file, { content: { value: content }, read: { value: read } });
      return;
    }
    // If several parts share a name, use the first. graphql-upload would forget the temporary files of all but the last.
    const discard = () => capacitor.destroy();
    capacitor.once('finish', discard);
    firstCapacitor.once('close', discard);
  };
  const fixed = { writable: false, enumerable: false };
  Object.defineProperties(this, {
    promise: { value: Object.freeze(promise) },
    resolve: fixed,
    reject: fixed,
    file: { enumerable: true, get: () => firstFile, set },
  });
  Object.preventExtensions(this);
}

/** Members of fs-capacitor's WriteStream that the patches use. */
interface Capacitor extends Writable {
  readonly _fd: number | null;
  readonly _path: string | null;
  /** Number of bytes that are on the disk. */
  _pos: number;
  readonly _writableState: { highWaterMark: number };
}

const CAPACITOR_MEMBERS = ['_fd', '_path', '_pos', '_writableState'];

const isCapacitor = (stream: unknown): stream is Capacitor =>
  stream instanceof Writable && CAPACITOR_MEMBERS.every((name) => name in stream);

function capacitorOf(file: Upload['file']): Capacitor {
  const capacitor = file && 'capacitor' in file ? file.capacitor : null;
  if (!isCapacitor(capacitor)) throw new TypeError('A file cannot be replaced.');
  return capacitor;
}

/** Number of bytes that may wait for the disk before the client has to wait. Node's default is less than one chunk. */
const WRITE_BUFFER_BYTES = 128 * 1024;

/**
 * Patches a temporary file that is about to receive its first byte.
 * @returns The content, once all of it has been received. Rejects if the file is incomplete.
 */
function receive(capacitor: Capacitor): Promise<FileContent> {
  capacitor.once('ready', () => unlinkOpen(capacitor));
  capacitor._writableState.highWaterMark = WRITE_BUFFER_BYTES;
  const digest = new ContentDigest();
  writeInBatches(capacitor, digest);
  const content = new Promise<FileContent>((resolve, reject) => {
    capacitor.once('finish', () => resolve(digest.end()));
    // A failed write.
    capacitor.once('error', reject);
    // fs-capacitor would report that it cannot remove the name again, instead of the original error.
    const destroy = capacitor.destroy.bind(capacitor);
    capacitor.destroy = (error) => {
      reject(error ?? Object.assign(new Error('The client has disconnected.'), { status: 499 }));
      return destroy(error);
    };
  });
  content.catch(() => {});
  return content;
}

/** Number of bytes that one call reads from a temporary file. With Node's 16 KiB an upload takes 1.6 times the CPU time. */
const READ_BYTES = 256 * 1024;

async function* read(this: FileUpload): ReturnType<UploadedFile['read']> {
  for await (const chunk of this.createReadStream({ highWaterMark: READ_BYTES })) {
    yield chunk;
    countPassed(chunk.length);
  }
}

/** Removes the name of an open file, so that a killed process leaves nothing behind. The file stays readable. */
function unlinkOpen({ _path }: Capacitor): void {
  if (_path !== null) unlink(_path, () => {});
}

/** Names that fs-capacitor gives to temporary files. */
const TEMPORARY = /^capacitor-[0-9a-f]{32}\.tmp$/;

/**
 * Removes temporary files of uploads whose gateway was killed before it could remove their names. A file that another
 * process has open stays readable for it.
 */
export async function sweepUploads(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) if (TEMPORARY.test(name)) unlink(path.join(tmpdir(), name), () => {});
}

/** Writes all chunks that arrived during a write in one call. Otherwise an upload takes 1.3 times the CPU time. */
function writeInBatches(capacitor: Capacitor, digest: ContentDigest): void {
  const write = (chunks: readonly Buffer[], done: (error?: Error | null) => void): void => {
    const { _fd, _pos } = capacitor;
    if (_fd === null) {
      capacitor.once('ready', () => write(chunks, done));
      return;
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    for (const chunk of chunks) digest.add(chunk);
    writev(_fd, chunks, _pos, (error, written) => {
      if (error || written < length) return done(error ?? diskFull());
      countPassed(length);
      capacitor._pos += length;
      capacitor.emit('write');
      done();
    });
  };
  capacitor._write = (chunk: Buffer, _encoding, done) => write([chunk], done);
  capacitor._writev = (items, done) =>
    write(
      items.map(({ chunk }) => chunk),
      done,
    );
}

const diskFull = () =>
  Object.assign(new Error('ENOSPC: only a part of the file could be written.'), { code: 'ENOSPC' });

/** Counts and hashes a file chunk by chunk, and keeps its first bytes. */
export class ContentDigest {
  readonly #hash = createHash('sha256');
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #size = 0;

  add(chunk: Buffer): void {
    if (this.#size < HEAD_BYTES) chunk.copy(this.#head, this.#size);
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  end(): FileContent {
    const head = this.#head.subarray(0, this.#size);
    return { head, size: this.#size, sha256: this.#hash.digest('base64url') };
  }
}

type Collect = (options: { readonly type: 'minor' }) => void;

/** Number of bytes of files that pass through the process between two collections. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;

let collect: Collect | null = null;
let passedBytes = 0;

/**
 * Counts bytes of file buffers that are no longer needed, and periodically collects them. V8 alone would wait for 64 MB of them
 * (figures in bench/README.md).
 */
function countPassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < COLLECT_EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= exposeCollector();
  collect({ type: 'minor' });
}

/** Returns V8's collector. This is the only way to use it without a command-line flag. */
function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
