import { createHash, randomUUID } from 'node:crypto';
import { unlink } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { type FileContent, HEAD_BYTES, type UploadedFile } from '../../domain/uploaded-file.js';
import { countPassed } from './buffer-collection.js';

const PREFIX = 'promptgate-upload-';
/** Number of bytes that wait for the disk before the client has to wait. Node's default is less than one chunk. */
const WRITE_BUFFER_BYTES = 128 * 1024;
/** Number of bytes that one call reads. With Node's 16 KiB an upload takes 1.6 times the CPU time. */
const READ_BYTES = 256 * 1024;

/**
 * A file part of a request, stored without a name on the disk: a killed process leaves nothing behind. Its content is counted
 * and hashed while it is written.
 */
export class TemporaryFile extends Writable implements UploadedFile {
  readonly filename: string;
  readonly content: Promise<FileContent>;
  readonly #hash = createHash('sha256');
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #handle: FileHandle | null = null;
  /** In bytes. */
  #size = 0;
  #readers = 0;
  #isReleased = false;

  /** @param filename Undefined for a part without a name. */
  constructor(filename: string | undefined) {
    super({ highWaterMark: WRITE_BUFFER_BYTES });
    this.filename = filename ?? '';
    this.content = new Promise((resolve, reject) => {
      this.once('finish', () => resolve(this.#describe())).once('error', reject);
    });
    this.content.catch(() => {});
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#open().then(() => done(), done);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#append([chunk]).then(() => done(), done);
  }

  /** Writes the chunks that have come during a write in one call. Otherwise an upload takes 1.3 times the CPU time. */
  override _writev(items: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#append(items.map(({ chunk }) => chunk)).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error) this.release();
    done(error);
  }

  async *read(): AsyncGenerator<Buffer> {
    if (this.#isReleased || !this.#handle) throw new Error('the request of the file has ended');
    this.#readers += 1;
    try {
      for (let position = 0; position < this.#size; ) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, this.#size - position));
        const { bytesRead } = await this.#handle.read({ buffer, position });
        if (bytesRead === 0) throw new Error('the temporary file was truncated');
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        countPassed(bytesRead);
      }
    } finally {
      this.#readers -= 1;
      if (this.#isReleased) this.release();
    }
  }

  /** Closes the file when its readers have ended, and takes no new ones. Idempotent. */
  release(): void {
    this.#isReleased = true;
    if (this.#readers === 0) this.#handle?.close().catch(() => {});
  }

  async #open(): Promise<void> {
    const name = path.join(tmpdir(), `${PREFIX}${randomUUID()}`);
    this.#handle = await open(name, 'wx+', 0o600);
    unlink(name, () => {});
    if (this.#isReleased) this.release();
  }

  async #append(chunks: readonly Buffer[]): Promise<void> {
    let end = this.#size;
    for (const chunk of chunks) {
      if (end < HEAD_BYTES) chunk.copy(this.#head, end);
      this.#hash.update(chunk);
      end += chunk.length;
    }
    const written = await this.#handle?.writev(chunks, this.#size);
    if (written?.bytesWritten !== end - this.#size)
      throw Object.assign(new Error('ENOSPC: the disk took only part of a file'), { code: 'ENOSPC' });
    countPassed(written.bytesWritten);
    this.#size = end;
  }

  #describe(): FileContent {
    const head = this.#head.subarray(0, this.#size);
    return { head, size: this.#size, sha256: this.#hash.digest('base64url') };
  }
}

const isTemporary = (name: string) =>
  name.startsWith(PREFIX) && /^[0-9a-f-]{36}$/.test(name.slice(PREFIX.length));

/**
 * Removes temporary files whose gateway was killed before it could remove their names. A file that another process has open
 * stays readable for it.
 */
export async function sweepUploads(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter(isTemporary)) unlink(path.join(tmpdir(), name), () => {});
}
