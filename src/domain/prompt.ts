import type { PromptAttributes } from './prompt-attributes.js';
import type { FieldResult } from './upstream-error.js';

export type PromptStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** Attributes that the schema lacks, by Astria's names. */
export type ExtraAttributes = Readonly<Record<string, unknown>>;

/** Attributes as a caller sends them. Undefined leaves an attribute unchanged, null clears it. */
export type PromptAttributesInput = {
  readonly [K in keyof PromptAttributes]?: PromptAttributes[K] | null | undefined;
};

/**
 * Attributes as Astria echoes them. An attribute that cannot be decoded holds its error, which surfaces only if the
 * attribute is requested. An enum value that the schema lacks is null; `undefined` means that Astria did not send it.
 */
export type ReturnedPromptAttributes = {
  readonly [K in keyof PromptAttributes]: FieldResult<PromptAttributes[K] | null | undefined>;
};

/** A prompt object as Astria sends it. */
export type RawPrompt = Readonly<Record<string, unknown>>;

/** Key of the raw object. A symbol, so that comparisons and copies of the attributes skip it. */
export const RAW = Symbol('raw');

/** An image prompt at Astria. Times are RFC 3339 in UTC. A field that cannot be decoded holds its error. */
export interface Prompt extends ReturnedPromptAttributes {
  readonly [RAW]: RawPrompt;
  readonly id: string;
  readonly tuneId: FieldResult<string | null>;
  readonly status: FieldResult<PromptStatus>;
  readonly images: FieldResult<readonly string[]>;
  readonly error: FieldResult<string | null>;
  readonly url: FieldResult<string | null>;
  readonly costMillicents: FieldResult<number | null>;
  readonly createdAt: FieldResult<string | null>;
  readonly updatedAt: FieldResult<string | null>;
  readonly startedTrainingAt: FieldResult<string | null>;
  readonly trainedAt: FieldResult<string | null>;
}

/** A checked file. Its size is in bytes, and it can be read from the start any number of times. */
export interface ImageFile {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  /** Hash of the content, in base64url. */
  readonly sha256: string;
  open(): AsyncIterable<Buffer>;
}

/** An image for Astria: a file that the gateway holds, or a URL that Astria fetches. Null clears an inherited image. */
export type PromptImage = { readonly file: ImageFile } | { readonly url: string };
export interface PromptImages {
  readonly inputImage?: PromptImage | null | undefined;
  readonly maskImage?: PromptImage | null | undefined;
}
