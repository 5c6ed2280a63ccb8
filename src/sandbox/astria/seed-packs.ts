import type { AstriaState } from './state.js';

const PUBLISHED = '2026-03-02T10:00:00.000Z';
const FACE_PACK = { id: 1871, owner: 'gallery', slug: 'corporate-headshots' } as const;
const MULTI_PACK = { id: 1902, owner: 'gallery', slug: 'model-and-product' } as const;

const TEMPLATES: readonly (readonly [id: number, packId: number, text: string])[] = [
  [19_400_101, FACE_PACK.id, '<faceid:1871001:1> {{name}} person, corporate headshot, grey background'],
  [19_400_102, FACE_PACK.id, '<faceid:1871001:1> {{name}} person in a bright office, shallow depth of field'],
  [19_400_103, FACE_PACK.id, '<faceid:1871001:1> {{name}} person on a conference stage, spotlight'],
  [19_400_201, MULTI_PACK.id, '<lora:1902001:1> product held by a model, studio, white backdrop'],
  [19_400_202, MULTI_PACK.id, '<lora:1902001:1> product on a cafe table, morning light'],
];

/** Adds a pack for people, a pack for several tunes, and a workspace. */
export function seedPacks(state: AstriaState): void {
  const shared = {
    base_tune_id: 1504944,
    public_at: PUBLISHED,
    created_at: PUBLISHED,
    updated_at: PUBLISHED,
  };
  state.addPack({
    ...shared,
    ...FACE_PACK,
    title: 'Corporate headshots',
    subtitle: 'Portraits for a team page',
    model_type: 'faceid',
    classes: { man: { cost_mc: 200_000, num_images: 12 }, woman: { cost_mc: 200_000, num_images: 12 } },
  });
  state.addPack({
    ...shared,
    ...MULTI_PACK,
    title: 'Model and product',
    is_multi: true,
    classes: { product: { cost_mc: 100_000, num_images: 8 } },
  });
  for (const [id, packId, text] of TEMPLATES) {
    state.addPrompt({
      ...{ id, text, owner: 'gallery', tune_id: 1504944, pack_id: packId, num_images: 4 },
      ...{ created_at: PUBLISHED, updated_at: PUBLISHED, started_training_at: PUBLISHED },
      trained_at: PUBLISHED,
    });
  }
  state.addWorkspace({ id: 3301, title: 'Spring campaign', brief: 'Bright product pictures' });
}
