/** Type of an attribute's value. An `int32` fits GraphQL's Int and an `integer` has up to 53 bits. */
type AttributeType = 'string' | 'boolean' | 'int32' | 'integer' | 'number' | 'enum';

/** One attribute of an image prompt. */
export interface PromptAttribute {
  /** Astria's name, as in `prompt[negative_prompt]`. */
  readonly wireName: string;
  readonly type: AttributeType;
  /** Inclusive bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  readonly multipleOf?: number;
  /** Astria's values of an enum. */
  readonly words?: Readonly<Record<string, string>>;
  /** Attribute or image that Astria requires together with this one. */
  readonly needs?: string;
}

/**
 * All attributes of an image prompt except images, from Astria's list of create-prompt fields. Types, encoder and checks
 * derive from it, and the decoder compiles only if it covers all of them. The schema uses the same names.
 */
export const PROMPT_ATTRIBUTES = {
  text: { wireName: 'text', type: 'string' },
  negativePrompt: { wireName: 'negative_prompt', type: 'string' },
  theme: { wireName: 'theme', type: 'string' },
  callback: { wireName: 'callback', type: 'string' },
  numImages: { wireName: 'num_images', type: 'int32', min: 1, max: 8 },
  seed: { wireName: 'seed', type: 'integer', min: 0, max: 2 ** 32 },
  superResolution: { wireName: 'super_resolution', type: 'boolean' },
  inpaintFaces: { wireName: 'inpaint_faces', type: 'boolean', needs: 'superResolution' },
  hiresFix: { wireName: 'hires_fix', type: 'boolean', needs: 'superResolution' },
  faceCorrect: { wireName: 'face_correct', type: 'boolean' },
  faceSwap: { wireName: 'face_swap', type: 'boolean' },
  useLpw: { wireName: 'use_lpw', type: 'boolean' },
  filmGrain: { wireName: 'film_grain', type: 'boolean' },
  promptExpansion: { wireName: 'prompt_expansion', type: 'boolean' },
  community: { wireName: 'community', type: 'boolean' },
  cfgScale: { wireName: 'cfg_scale', type: 'number', min: 0, max: 15 },
  steps: { wireName: 'steps', type: 'int32', min: 0, max: 50 },
  aspectRatio: {
    wireName: 'aspect_ratio',
    type: 'enum',
    words: {
      ...{ RATIO_1_1: '1:1', RATIO_16_9: '16:9', RATIO_9_16: '9:16', RATIO_21_9: '21:9', RATIO_9_21: '9:21' },
      ...{ RATIO_3_2: '3:2', RATIO_2_3: '2:3', RATIO_5_4: '5:4', RATIO_4_5: '4:5' },
      ...{ RATIO_4_3: '4:3', RATIO_3_4: '3:4', ADAPTIVE: 'adaptive' },
    },
  },
  resolution: {
    wireName: 'resolution',
    type: 'enum',
    words: { RESOLUTION_1K: '1K', RESOLUTION_2K: '2K', RESOLUTION_4K: '4K' },
  },
  width: { wireName: 'w', type: 'int32', min: 8, multipleOf: 8 },
  height: { wireName: 'h', type: 'int32', min: 8, multipleOf: 8 },
  scheduler: {
    wireName: 'scheduler',
    type: 'enum',
    words: {
      ...{ EULER: 'euler', EULER_A: 'euler_a' },
      ...{ DPMPP_2M_KARRAS: 'dpm++2m_karras', DPMPP_SDE_KARRAS: 'dpm++sde_karras' },
      ...{ DPMPP_2M: 'dpm++2m', DPMPP_SDE: 'dpm++sde', LCM: 'lcm', TCD: 'tcd' },
    },
  },
  backendVersion: { wireName: 'backend_version', type: 'int32', min: 0, max: 1 },
  style: {
    wireName: 'style',
    type: 'enum',
    words: {
      ...{ CINEMATIC: 'Cinematic', ANIMATED: 'Animated', DIGITAL_ART: 'Digital Art' },
      ...{ PHOTOGRAPHIC: 'Photographic', FANTASY_ART: 'Fantasy art', NEONPUNK: 'Neonpunk' },
      ...{ ENHANCE: 'Enhance', COMIC_BOOK: 'Comic book', LOWPOLY: 'Lowpoly', LINE_ART: 'Line art' },
    },
  },
  colorGrading: {
    wireName: 'color_grading',
    type: 'enum',
    words: { FILM_VELVIA: 'Film Velvia', FILM_PORTRA: 'Film Portra', EKTAR: 'Ektar' },
  },
  controlnet: {
    wireName: 'controlnet',
    type: 'enum',
    words: {
      ...{ COMPOSITION: 'composition', REFERENCE: 'reference', SEGROOM: 'segroom', IPADAPTER: 'ipadapter' },
      ...{ LINEART: 'lineart', CANNY: 'canny', DEPTH: 'depth', MLSD: 'mlsd', HED: 'hed', POSE: 'pose' },
      ...{ TILE: 'tile', QR: 'qr', RELIGHT: 'relight' },
    },
    needs: 'inputImage',
  },
  denoisingStrength: { wireName: 'denoising_strength', type: 'number', min: 0, max: 1 },
  controlnetConditioningScale: {
    wireName: 'controlnet_conditioning_scale',
    type: 'number',
    min: 0,
    max: 1,
  },
  controlnetTxt2img: { wireName: 'controlnet_txt2img', type: 'boolean' },
} as const satisfies Record<string, PromptAttribute>;

type Attributes = typeof PROMPT_ATTRIBUTES;
type ValueOf<A> = A extends { readonly words: infer Words }
  ? keyof Words & string
  : A extends { readonly type: 'string' }
    ? string
    : A extends { readonly type: 'boolean' }
      ? boolean
      : number;

/** Attributes of an image prompt except images. Sizes are in pixels. */
export type PromptAttributes = { readonly [K in keyof Attributes]: ValueOf<Attributes[K]> };

/** {@link PROMPT_ATTRIBUTES} as a list. */
export const ATTRIBUTE_LIST: readonly (readonly [keyof PromptAttributes, PromptAttribute])[] = Object.entries(
  PROMPT_ATTRIBUTES,
) as [keyof PromptAttributes, PromptAttribute][];
