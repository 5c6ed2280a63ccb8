import type { FileDescription, UploadedFile } from '../form.js';

const KEPT_BYTES = 32 * 1024 * 1024;

/** A file that came with a prompt or a tune. `bytes` is there for files up to 4 MB, until newer ones displace it. */
export interface Upload extends FileDescription {
  field: string;
  bytes?: Buffer;
}

/** The uploads by owner ('prompts/123' or 'tunes/45'), their bytes bounded in total. */
export class Uploads {
  readonly #byOwner = new Map<string, Upload[]>();
  #withBytes: Upload[] = [];
  #size = 0;

  /** Replaces what the owner had under this field. */
  keep(owner: string, field: string, files: UploadedFile[]): void {
    const others = this.of(owner).filter((upload) => upload.field !== field);
    const added = files.map((file) => this.#describe(field, file));
    this.#byOwner.set(owner, [...others, ...added]);
  }

  of(owner: string): Upload[] {
    return this.#byOwner.get(owner) ?? [];
  }

  /** A duplicate shares its original's file. */
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
