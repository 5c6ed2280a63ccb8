import { createHash } from 'node:crypto';
import { type FileContent, HEAD_BYTES } from '../../domain/uploaded-file.js';

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
