import { numberFor, pick } from '../deterministic.js';
import type { Owner, Prompt, Tune } from './records.js';
import { seedPacks } from './seed-packs.js';
import { NEGATIVE_TEXTS, TEXTS } from './seed-texts.js';
import { GALLERY_TUNES, OTHER_TUNES, OWN_TUNES, type TuneRow } from './seed-tunes.js';
import type { AstriaState } from './state.js';
import { ASPECT_RATIOS, COLOR_GRADINGS, CONTROLNETS, SCHEDULERS, STYLES } from './vocabularies.js';

const HOUR = 3_600_000;
/** Creation time of the newest seeded object. All others are older. */
const SEED_END = Date.UTC(2026, 7, 1, 9, 0, 0);
const OWN_PROMPTS = 124;
const FIRST_PROMPT_ID = 24_310_507;
const FLUX_DEV = 1504944;

/** Seeds gallery tunes, packs, 30 tunes with prompts, and a second account. 'empty' has only gallery tunes. */
export function seedAstria(state: AstriaState, seed: 'library' | 'empty'): void {
  for (const [n, row] of GALLERY_TUNES.entries()) addTune(state, row, 'gallery', before(24 * 500 - n));
  if (seed === 'empty') return;
  seedPacks(state);
  for (const [n, row] of OWN_TUNES.entries())
    addTune(state, row, 'main', before(24 * 12 * (OWN_TUNES.length - n)));
  for (const [n, row] of OTHER_TUNES.entries()) addTune(state, row, 'other', before(24 * 9 * (3 - n)));
  seededPrompts ??= allPrompts();
  for (const prompt of seededPrompts) state.addPrompt(prompt);
}

/** Cache of the seeded prompts, which are the same in every sandbox. */
let seededPrompts: readonly Partial<Prompt>[] | null = null;

function allPrompts(): Partial<Prompt>[] {
  const own = Array.from({ length: OWN_PROMPTS }, (_, n) => promptOf(n, tuneOf(n), 'main'));
  const others = Array.from({ length: 4 }, (_, n) => {
    const row = OTHER_TUNES[n % OTHER_TUNES.length];
    return row ? [promptOf(200 + n, row, 'other')] : [];
  });
  return [...own, ...specialPrompts(), ...others.flat()];
}

function before(hours: number): string {
  return new Date(SEED_END - hours * HOUR).toISOString();
}

function addTune(state: AstriaState, row: TuneRow, owner: Owner, createdAt: string): void {
  const { subject: _subject, ...given } = row;
  const started = new Date(Date.parse(createdAt) + 4 * 60_000).toISOString();
  const trained = new Date(Date.parse(createdAt) + 38 * 60_000).toISOString();
  const tune: Partial<Tune> = {
    owner,
    base_tune_id: owner === 'gallery' ? null : baseOf(row.branch ?? null),
    created_at: createdAt,
    started_training_at: started,
    trained_at: trained,
    updated_at: trained,
    ...(row.trained_at === null ? { updated_at: started, eta: trained } : { ckpt_urls: [] }),
    ...(owner === 'gallery' ? { is_api: false, orig_images: [], model_type: null } : {}),
    ...given,
  };
  state.addTune(tune);
}

function baseOf(branch: string | null): number {
  if (branch === 'sd15') return 690204;
  return branch === 'sdxl1' ? 1213247 : FLUX_DEV;
}

/** Returns the tune of the n-th prompt. Every tune gets one prompt before newer tunes get more. */
function tuneOf(n: number): TuneRow {
  const count = OWN_TUNES.length;
  const index = n < count ? n : Math.floor(Math.sqrt(numberFor(`tune/${n}`, count * count)));
  const row = OWN_TUNES[index];
  if (!row) throw new Error('The seed has no such tune.');
  return row;
}

function promptId(n: number): number {
  return FIRST_PROMPT_ID + n * 5_413 + numberFor(`prompt-id/${n}`, 5_000);
}

function promptOf(n: number, tune: TuneRow, owner: Owner, special: Partial<Prompt> = {}): Partial<Prompt> {
  const created = Date.parse(before((OWN_PROMPTS + 8 - (n % 200)) * 7));
  const at = (seconds: number) => new Date(created + seconds * 1000).toISOString();
  const settled = special.images !== null;
  return {
    id: promptId(n),
    owner,
    tune_id: tune.id,
    text: textFor(n, tune),
    negative_prompt: tune.branch === 'flux1' ? null : pick(`negative/${n}`, NEGATIVE_TEXTS),
    created_at: at(0),
    started_training_at: at(6),
    trained_at: settled ? at(48) : null,
    updated_at: at(settled ? 48 : 6),
    seed: seedFor(n),
    ...settings(n, tune),
    ...special,
  };
}

function textFor(n: number, tune: TuneRow): string {
  const subject =
    tune.subject === 'style' ? `ohwx style` : `${tune.token === 'sks' ? 'sks' : 'ohwx'} ${tune.name}`;
  return pick(`text/${n}`, TEXTS[tune.subject]).replace('{s}', subject);
}

/** Returns null for a third of the prompts. The others span the whole range, so that many do not fit into 31 bits. */
function seedFor(n: number): number | null {
  return n % 3 === 0 ? null : numberFor(`seed/${n}`, 2 ** 32);
}

/** Returns varying attributes that the base model of the tune supports. */
function settings(n: number, tune: TuneRow): Partial<Prompt> {
  const isFlux = tune.branch === 'flux1';
  const superResolution = n % 4 === 1;
  return {
    num_images: pick(`num/${n}`, [1, 2, 4, 4, 8]),
    cfg_scale: isFlux ? null : pick(`cfg/${n}`, [5, 7, 7.5]),
    steps: isFlux ? null : pick(`steps/${n}`, [25, 30, 40]),
    super_resolution: superResolution,
    inpaint_faces: superResolution && tune.subject === 'person',
    hires_fix: superResolution && n % 8 === 1,
    face_correct: n % 5 === 2,
    film_grain: n % 7 === 3,
    scheduler: isFlux ? null : pick(`scheduler/${n}`, SCHEDULERS),
    style: n % 6 === 4 ? pick(`style/${n}`, STYLES) : null,
    color_grading: n % 9 === 5 ? pick(`grading/${n}`, COLOR_GRADINGS) : null,
    aspect_ratio: isFlux ? pick(`ratio/${n}`, ASPECT_RATIOS) : null,
    ...(isFlux ? {} : { w: 512, h: pick(`height/${n}`, [512, 640, 768]) }),
    ...inputImage(n),
  };
}

function inputImage(n: number): Partial<Prompt> {
  if (n % 11 !== 6) return {};
  return {
    input_image_url: `https://images.example.com/references/${1000 + n}.jpg`,
    denoising_strength: 0.65,
    controlnet: pick(`controlnet/${n}`, CONTROLNETS),
    controlnet_conditioning_scale: 0.8,
    controlnet_txt2img: n % 2 === 0,
  };
}

/** Returns two prompts of a gallery tune, two failed ones, and one that renders until a test settles it. */
function specialPrompts(): Partial<Prompt>[] {
  const [fluxDev] = GALLERY_TUNES.filter((tune) => tune.id === FLUX_DEV);
  const newest = OWN_TUNES.at(-1);
  if (!fluxDev || !newest) return [];
  const special: [n: number, tune: TuneRow, attributes: Partial<Prompt>][] = [
    [124, fluxDev, { text: 'a lighthouse on a basalt cliff, storm light, medium format photograph' }],
    [
      125,
      fluxDev,
      { text: 'isometric cutaway of a tiny recording studio, soft clay render', seed: 3_405_691_582 },
    ],
    [
      126,
      newest,
      {
        text: 'ohwx man fencing on a rooftop, motion blur',
        user_error: 'No face was found in the input image',
      },
    ],
    [
      127,
      newest,
      { text: 'ohwx man, portrait', user_error: 'The input image could not be downloaded (404)' },
    ],
    [128, newest, { text: 'portrait of ohwx man on stage, keynote, blue spotlights', images: null }],
  ];
  return special.map(([n, tune, attributes]) => promptOf(n, tune, 'main', attributes));
}
