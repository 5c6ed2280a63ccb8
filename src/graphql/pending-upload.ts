import type { Upload, UploadedFile } from '../domain/uploaded-file.js';

/** Stands for a file in the variables of an operation, which can be executed before the file arrives. */
export class PendingUpload {
  /** Rejects if the file does not arrive. Enumerable, so that GraphQL does not coerce this object to an empty input object. */
  readonly file: Upload;
  #resolve: (file: UploadedFile) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.file = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The operation may not use the file.
    this.file.catch(() => {});
  }

  arrive(file: UploadedFile): void {
    this.#resolve(file);
  }

  /** Has no effect after the file has arrived. */
  fail(error: Error): void {
    this.#reject(error);
  }

  /** Shown in the error for a file in a wrong place. */
  toJSON(): string {
    return 'a file';
  }
}
