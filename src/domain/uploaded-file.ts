import type { Readable } from 'node:stream';

/**
 * A file part of a multipart request, as graphql-upload hands it on. The kind of file that the client claims is not
 * here: it cannot be trusted.
 */
export interface UploadedFile {
  readonly filename: string;
  /**
   * An independent stream of the content from its start, which follows the part as it arrives.
   * @throws when the file or the request has failed.
   */
  createReadStream(): Readable;
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
