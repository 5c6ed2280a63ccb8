/** Number of bytes at the start of a file that determine its type: room for 1000 brands of an ISO media file. */
export const HEAD_BYTES = 4_096;

/** Content of a file, as it was found while the file was received. */
export interface FileContent {
  /** The first {@link HEAD_BYTES}, or all bytes of a smaller file. */
  readonly head: Buffer;
  /** In bytes. */
  readonly size: number;
  /** In base64url. */
  readonly sha256: string;
}

/** A file part of a multipart request, without the type that the client claims: it cannot be trusted. */
export interface UploadedFile {
  readonly filename: string;
  /** Resolves when the file has been received. Rejects when the file or its request fails. */
  readonly content: Promise<FileContent>;
  /**
   * Reads the content from its start, independently of other readers.
   * @throws when the file or the request has failed.
   */
  read(): AsyncGenerator<Buffer>;
}

/** What the Upload scalar hands to a resolver; it rejects when the file does not arrive. */
export type Upload = Promise<UploadedFile>;

/** An image as a caller gives it: exactly one of the two. */
export interface ImageInput {
  readonly upload?: Upload | null | undefined;
  readonly url?: string | null | undefined;
}

/** Images as a caller gives them: omitted is left alone, null is cleared. */
export interface ImagesInput {
  readonly inputImage?: ImageInput | null | undefined;
  readonly maskImage?: ImageInput | null | undefined;
}
