import type { PromptAttributes } from './prompt-attributes.js';
import type { Told } from './upstream-error.js';

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
export type PromptAttributesEcho = {
  readonly [K in keyof PromptAttributes]: Told<PromptAttributes[K] | null | undefined>;
};

/** A prompt object as Astria sends it. */
export type RawPrompt = Readonly<Record<string, unknown>>;

/** Key of the raw object. A symbol, so that comparisons and copies of the attributes skip it. */
export const RAW = Symbol('raw');

/** An image prompt at Astria. Times are RFC 3339 in UTC. A field that cannot be decoded holds its error. */
export interface Prompt extends PromptAttributesEcho {
  readonly [RAW]: RawPrompt;
  readonly id: string;
  readonly tuneId: Told<string | null>;
  readonly status: Told<PromptStatus>;
  readonly images: Told<readonly string[]>;
  readonly error: Told<string | null>;
  readonly url: Told<string | null>;
  readonly costMillicents: Told<number | null>;
  readonly createdAt: Told<string | null>;
  readonly updatedAt: Told<string | null>;
  readonly startedTrainingAt: Told<string | null>;
  readonly trainedAt: Told<string | null>;
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
