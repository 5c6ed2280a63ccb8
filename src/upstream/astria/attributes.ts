import type { PromptAttributes, PromptImages } from '../../domain/prompt.js';

/** Our names of a prompt's attributes, and Astria's (`prompt[...]`). */
export const WIRE_NAMES = {
  text: 'text',
  negativePrompt: 'negative_prompt',
  theme: 'theme',
  callback: 'callback',
  numImages: 'num_images',
  seed: 'seed',
  superResolution: 'super_resolution',
  inpaintFaces: 'inpaint_faces',
  hiresFix: 'hires_fix',
  faceCorrect: 'face_correct',
  faceSwap: 'face_swap',
  useLpw: 'use_lpw',
  filmGrain: 'film_grain',
  promptExpansion: 'prompt_expansion',
  community: 'community',
  cfgScale: 'cfg_scale',
  steps: 'steps',
  aspectRatio: 'aspect_ratio',
  resolution: 'resolution',
  width: 'w',
  height: 'h',
  scheduler: 'scheduler',
  backendVersion: 'backend_version',
  style: 'style',
  colorGrading: 'color_grading',
  controlnet: 'controlnet',
  denoisingStrength: 'denoising_strength',
  controlnetConditioningScale: 'controlnet_conditioning_scale',
  controlnetTxt2img: 'controlnet_txt2img',
} as const satisfies Record<keyof PromptAttributes, string>;

/** Images have a name for a file and, with `_url`, one for an address. */
export const WIRE_IMAGE_NAMES = {
  inputImage: 'input_image',
  maskImage: 'mask_image',
} as const satisfies Record<keyof PromptImages, string>;

/** Astria's words for our enum values. */
export const WIRE_WORDS = {
  aspectRatio: {
    RATIO_1_1: '1:1',
    RATIO_16_9: '16:9',
    RATIO_9_16: '9:16',
    RATIO_21_9: '21:9',
    RATIO_9_21: '9:21',
    RATIO_3_2: '3:2',
    RATIO_2_3: '2:3',
    RATIO_5_4: '5:4',
    RATIO_4_5: '4:5',
    RATIO_4_3: '4:3',
    RATIO_3_4: '3:4',
    ADAPTIVE: 'adaptive',
  },
  resolution: { RESOLUTION_1K: '1K', RESOLUTION_2K: '2K', RESOLUTION_4K: '4K' },
  scheduler: {
    EULER: 'euler',
    EULER_A: 'euler_a',
    DPMPP_2M_KARRAS: 'dpm++2m_karras',
    DPMPP_SDE_KARRAS: 'dpm++sde_karras',
    DPMPP_2M: 'dpm++2m',
    DPMPP_SDE: 'dpm++sde',
    LCM: 'lcm',
    TCD: 'tcd',
  },
  style: {
    CINEMATIC: 'Cinematic',
    ANIMATED: 'Animated',
    DIGITAL_ART: 'Digital Art',
    PHOTOGRAPHIC: 'Photographic',
    FANTASY_ART: 'Fantasy art',
    NEONPUNK: 'Neonpunk',
    ENHANCE: 'Enhance',
    COMIC_BOOK: 'Comic book',
    LOWPOLY: 'Lowpoly',
    LINE_ART: 'Line art',
  },
  colorGrading: { FILM_VELVIA: 'Film Velvia', FILM_PORTRA: 'Film Portra', EKTAR: 'Ektar' },
  controlnet: {
    COMPOSITION: 'composition',
    REFERENCE: 'reference',
    SEGROOM: 'segroom',
    IPADAPTER: 'ipadapter',
    LINEART: 'lineart',
    CANNY: 'canny',
    DEPTH: 'depth',
    MLSD: 'mlsd',
    HED: 'hed',
    POSE: 'pose',
    TILE: 'tile',
    QR: 'qr',
    RELIGHT: 'relight',
  },
} as const satisfies {
  [K in 'aspectRatio' | 'resolution' | 'scheduler' | 'style' | 'colorGrading' | 'controlnet']: Record<
    PromptAttributes[K],
    string
  >;
};

const OUR_NAMES = new Map<string, string>([
  ...Object.entries(WIRE_NAMES).map(([ours, wire]): [string, string] => [wire, ours]),
  ...Object.entries(WIRE_IMAGE_NAMES).flatMap(([ours, wire]): [string, string][] => [
    [wire, ours],
    [`${wire}_url`, ours],
  ]),
]);

/** Our name of a field that Astria names; null when it is none of a prompt's. */
export function ourName(wireName: string): string | null {
  return OUR_NAMES.get(wireName) ?? null;
}

/** Astria's word for an attribute's value. */
export function toWireValue(name: string, value: unknown): unknown {
  const words: Record<string, string> | undefined = Object.hasOwn(WIRE_WORDS, name)
    ? WIRE_WORDS[name as keyof typeof WIRE_WORDS]
    : undefined;
  return words && typeof value === 'string' ? words[value] : value;
}
