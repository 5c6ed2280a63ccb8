import type { FileDescription, UploadedFile } from '../form.js';

const KEPT_BYTES = 32 * 1024 * 1024;

/** A file uploaded with a prompt or a tune. Files of up to 4 MiB have `bytes`, until newer ones displace them. */
export interface Upload extends FileDescription {
  field: string;
  bytes?: Buffer;
}

/** Uploads by owner, such as 'prompts/123' or 'tunes/45'. The total size of their bytes is bounded. */
export class Uploads {
  readonly #byOwner = new Map<string, Upload[]>();
  #withBytes: Upload[] = [];
  #size = 0;

  /** Replaces the uploads of the owner for this field. */
  keep(owner: string, field: string, files: UploadedFile[]): void {
    const others = this.of(owner).filter((upload) => upload.field !== field);
    const added = files.map((file) => this.#describe(field, file));
    this.#byOwner.set(owner, [...others, ...added]);
  }

  of(owner: string): Upload[] {
    return this.#byOwner.get(owner) ?? [];
  }

  /** Shares the files of the original with its duplicate. */
  share(from: string, to: string, field: string): void {
    const shared = this.of(from).filter((upload) => upload.field === field);
    this.#byOwner.set(to, [...this.of(to), ...shared]);
  }

  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }

  clear(): void {
    this.#byOwner.clear();
    this.#withBytes = [];
    this.#size = 0;
  }

  #describe(field: string, file: UploadedFile): Upload {
    const upload: Upload = { field, ...file.describe() };
    if (!file.bytes) return upload;
    upload.bytes = file.bytes;
    this.#withBytes.push(upload);
    this.#size += file.size;
    while (this.#size > KEPT_BYTES) {
      const oldest = this.#withBytes.shift();
      if (!oldest) break;
      delete oldest.bytes;
      this.#size -= oldest.size;
    }
    return upload;
  }
}
