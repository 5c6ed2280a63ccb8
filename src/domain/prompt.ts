import type { Told } from './upstream-error.js';

export type PromptStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export const ASPECT_RATIOS = [
  'RATIO_1_1',
  'RATIO_16_9',
  'RATIO_9_16',
  'RATIO_21_9',
  'RATIO_9_21',
  'RATIO_3_2',
  'RATIO_2_3',
  'RATIO_5_4',
  'RATIO_4_5',
  'RATIO_4_3',
  'RATIO_3_4',
  'ADAPTIVE',
] as const;
export const RESOLUTIONS = ['RESOLUTION_1K', 'RESOLUTION_2K', 'RESOLUTION_4K'] as const;
export const SCHEDULERS = [
  'EULER',
  'EULER_A',
  'DPMPP_2M_KARRAS',
  'DPMPP_SDE_KARRAS',
  'DPMPP_2M',
  'DPMPP_SDE',
  'LCM',
  'TCD',
] as const;
export const STYLES = [
  'CINEMATIC',
  'ANIMATED',
  'DIGITAL_ART',
  'PHOTOGRAPHIC',
  'FANTASY_ART',
  'NEONPUNK',
  'ENHANCE',
  'COMIC_BOOK',
  'LOWPOLY',
  'LINE_ART',
] as const;
export const COLOR_GRADINGS = ['FILM_VELVIA', 'FILM_PORTRA', 'EKTAR'] as const;
export const CONTROLNETS = [
  'COMPOSITION',
  'REFERENCE',
  'SEGROOM',
  'IPADAPTER',
  'LINEART',
  'CANNY',
  'DEPTH',
  'MLSD',
  'HED',
  'POSE',
  'TILE',
  'QR',
  'RELIGHT',
] as const;

/** What a prompt is made from, images apart. Sizes in pixels; ranges are checked by services/prompts. */
export interface PromptAttributes {
  readonly text: string;
  readonly negativePrompt: string;
  readonly theme: string;
  readonly callback: string;
  readonly numImages: number;
  readonly seed: number;
  readonly superResolution: boolean;
  readonly inpaintFaces: boolean;
  readonly hiresFix: boolean;
  readonly faceCorrect: boolean;
  readonly faceSwap: boolean;
  readonly useLpw: boolean;
  readonly filmGrain: boolean;
  readonly promptExpansion: boolean;
  readonly community: boolean;
  readonly cfgScale: number;
  readonly steps: number;
  readonly aspectRatio: (typeof ASPECT_RATIOS)[number];
  readonly resolution: (typeof RESOLUTIONS)[number];
  readonly width: number;
  readonly height: number;
  readonly scheduler: (typeof SCHEDULERS)[number];
  readonly backendVersion: number;
  readonly style: (typeof STYLES)[number];
  readonly colorGrading: (typeof COLOR_GRADINGS)[number];
  readonly controlnet: (typeof CONTROLNETS)[number];
  readonly denoisingStrength: number;
  readonly controlnetConditioningScale: number;
  readonly controlnetTxt2img: boolean;
}

/** Attributes that the schema lacks, under Astria's names. */
export type ExtraAttributes = Readonly<Record<string, unknown>>;

/** Attributes as a caller gives them: omitted (undefined) is left alone, null is cleared. */
export type PromptAttributesInput = {
  readonly [K in keyof PromptAttributes]?: PromptAttributes[K] | null | undefined;
};

/**
 * Attributes as Astria echoes them. One that cannot be read is an error in that one place, so that it surfaces where it
 * is asked for and nowhere else. An enum value that the schema lacks is null. `undefined` says that Astria did not
 * mention it.
 */
export type PromptAttributesEcho = {
  readonly [K in keyof PromptAttributes]: Told<PromptAttributes[K] | null | undefined>;
};

/** A prompt object as Astria sends it. */
export type RawPrompt = Readonly<Record<string, unknown>>;

/** Key of the raw object. A symbol, so that comparisons and copies of the attributes skip it. */
export const RAW = Symbol('raw');

/** An image prompt at Astria. Times are RFC 3339 in UTC. A field that cannot be read is an error in that one place. */
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

/** A checked file: its size in bytes is known, and it can be read from the start as often as needed. */
export interface ImageFile {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  /** Of the content, in base64url. */
  readonly sha256: string;
  open(): AsyncIterable<Buffer>;
}

/** An image for Astria: one that the gateway holds, or one that Astria fetches. Null clears an inherited one. */
export type PromptImage = { readonly file: ImageFile } | { readonly url: string };
export interface PromptImages {
  readonly inputImage?: PromptImage | null | undefined;
  readonly maskImage?: PromptImage | null | undefined;
}
