import type { Tune } from './records.js';
import type { Subject } from './seed-texts.js';

export interface TuneRow extends Partial<Tune> {
  id: number;
  title: string;
  name: string;
  subject: Subject;
}

type Row = [
  id: number,
  title: string,
  name: string,
  subject: Subject,
  branch: string,
  modelType: string | null,
  rest?: Partial<Tune>,
];

/** Tunes of the main account, oldest first. The second to last is still in training. */
const OWN: Row[] = [
  [2014377, 'Daniel Okafor, team page', 'man', 'person', 'sd15', null, { steps: 2400, token: 'sks' }],
  [2027915, 'Maya headshots', 'woman', 'person', 'sd15', null, { face_crop: true, token: 'sks' }],
  [2051408, 'Biscuit the corgi', 'dog', 'pet', 'sd15', 'pti', { token: 'sks' }],
  [2070263, 'Ceramic mug, matte white', 'mug', 'product', 'sdxl1', 'lora', { steps: 1200 }],
  [2098831, 'Watercolour sketchbook', 'style', 'style', 'sdxl1', 'lora', { steps: 1500 }],
  [2113590, 'Tomas Lindqvist', 'man', 'person', 'sdxl1', 'pti', { face_crop: true }],
  [2140126, 'Priya, conference speaker', 'woman', 'person', 'sdxl1', 'lora'],
  [2166702, 'Luna', 'cat', 'pet', 'sdxl1', 'lora'],
  [2189045, 'Trail runner shoe SS26', 'shoe', 'product', 'sdxl1', 'lora', { sku: 'TRS-26-114' }],
  [2201377, 'Mock tune for CI', 'man', 'person', 'fast', null],
  [2234518, 'Wei Zhang', 'man', 'person', 'flux1', 'lora', { preset: 'flux-lora-portrait' }],
  [2251960, 'Elena Rossi, studio', 'woman', 'person', 'flux1', 'lora', { preset: 'flux-lora-portrait' }],
  [2276684, 'Noah, school play', 'boy', 'person', 'flux1', 'faceid', { base_tune_id: 690204 }],
  [2298113, 'Art deco posters', 'style', 'style', 'flux1', 'lora', { preset: 'flux-lora-focus' }],
  [
    2317742,
    'Hana Suzuki',
    'woman',
    'person',
    'flux1',
    'lora',
    { characteristics: { age: 31, hair: 'black' } },
  ],
  [2339606, 'Perfume bottle No. 7', 'bottle', 'product', 'flux1', 'lora', { preset: 'flux-lora-fast' }],
  [2360271, 'Samuel Adeyemi', 'man', 'person', 'flux1', 'lora', { face_crop: true }],
  [2384955, 'Otis and friends', 'dog', 'pet', 'flux1', 'lora'],
  [2402838, 'Clara Meyer, author photo', 'woman', 'person', 'flux1', 'lora'],
  [2431120, 'Ravi face id', 'man', 'person', 'sd15', 'faceid', { base_tune_id: 690204, token: null }],
  [2455467, 'Oak lounge chair', 'chair', 'product', 'flux1', 'lora', { preset: 'flux-lora-focus' }],
  [2479983, 'Sofia Marques', 'woman', 'person', 'flux1', 'lora', { auto_extend: true }],
  [2503219, 'Risograph two-tone', 'style', 'style', 'flux1', 'lora'],
  [2528840, 'Ethan, founders deck', 'man', 'person', 'flux1', 'lora', { preset: 'flux-lora-portrait' }],
  [2557306, 'Amara Nwosu', 'woman', 'person', 'flux1', 'faceid', { base_tune_id: 1504944, token: null }],
  [2583471, 'Mochi', 'cat', 'pet', 'flux1', 'lora', { preset: 'flux-lora-fast' }],
  [2610758, 'Leather weekender bag', 'bag', 'product', 'flux1', 'lora'],
  [2644902, 'Lucas Moreau', 'man', 'person', 'flux1', 'lora', { characteristics: { glasses: true } }],
  [2671535, 'Ingrid, new headshots', 'woman', 'person', 'flux1', 'lora', { trained_at: null }],
  [2690418, 'Jonas Weber, speaker kit', 'man', 'person', 'flux1', 'lora', { preset: 'flux-lora-portrait' }],
];

const GALLERY: Row[] = [
  [690204, 'Realistic Vision V5.1', 'model', 'style', 'sd15', null, { token: null }],
  [1213247, 'Juggernaut XL', 'model', 'style', 'sdxl1', null, { token: null }],
  [1610311, 'Partner image model', 'model', 'style', 'partner-1', null, { token: null }],
  [1504944, 'Flux1.dev', 'model', 'style', 'flux1', null, { token: null }],
];

const OTHER: Row[] = [
  [2310054, 'Pilot: Greta', 'woman', 'person', 'flux1', 'lora'],
  [2529917, 'Pilot: office dog', 'dog', 'pet', 'sdxl1', 'lora'],
];

function toRow([id, title, name, subject, branch, model_type, rest]: Row): TuneRow {
  return { id, title, name, subject, branch, model_type, ...rest };
}

export const OWN_TUNES = OWN.map(toRow);
export const GALLERY_TUNES = GALLERY.map(toRow);
export const OTHER_TUNES = OTHER.map(toRow);
