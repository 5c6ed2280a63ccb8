/** Number of bytes at the start of a file that determine its type. Fits 1000 brands of an ISO media file. */
export const HEAD_BYTES = 4_096;

/** Properties of a file's content, gathered while the file was received. */
export interface FileContent {
  /** First {@link HEAD_BYTES} bytes, or all bytes of a smaller file. */
  readonly head: Buffer;
  /** Number of bytes. */
  readonly size: number;
  /** Hash in base64url. */
  readonly sha256: string;
}

/** A file part of a multipart request. It omits the content type from the client, which cannot be trusted. */
export interface UploadedFile {
  readonly filename: string;
  /** Resolves when the file has been received. Rejects when the file or its request fails. */
  readonly content: Promise<FileContent>;
  /**
   * Reads the content from its start, independently of other readers.
   * @throws If the file or the request has failed.
   */
  read(): AsyncGenerator<Buffer>;
}

/** Value of the Upload scalar in a resolver. Rejects if the file does not arrive. */
export type Upload = Promise<UploadedFile>;

/** An image as a caller sends it: exactly one of the two fields. */
export interface ImageInput {
  readonly upload?: Upload | null | undefined;
  readonly url?: string | null | undefined;
}

/** Images as a caller sends them. Undefined leaves an image unchanged, null clears it. */
export interface ImagesInput {
  readonly inputImage?: ImageInput | null | undefined;
  readonly maskImage?: ImageInput | null | undefined;
}
