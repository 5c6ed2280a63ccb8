import type { Owner, Prompt, Tune } from './records.js';
import type { AstriaState } from './state.js';

/** The attributes that distinguish prompts, as Astria documents them for accounts with idempotency on. */
const DISTINGUISHING = [
  ...['text', 'tune_id', 'cfg_scale', 'steps', 'seed', 'callback', 'negative_prompt', 'super_resolution'],
  ...['face_correct', 'ar', 'num_images', 'controlnet', 'denoising_strength', 'use_lpw'],
  ...['controlnet_conditioning_scale', 'w', 'h', 'hires_fix', 'scheduler', 'controlnet_txt2img'],
  ...['inpaint_faces'],
] as readonly (keyof Prompt)[];

const KEYS: Record<AstriaState['dialect']['deduplication'], readonly (keyof Prompt)[]> = {
  none: [],
  attributes: DISTINGUISHING,
  'text-and-seed': ['tune_id', 'text', 'seed'],
};

/** The existing prompt to return in place of a new one; undefined without one, or with the setting off. */
export function existingPrompt(
  state: AstriaState,
  wanted: Partial<Prompt> & { readonly owner: Owner; readonly tune_id: number },
): Prompt | undefined {
  const keys = KEYS[state.dialect.deduplication];
  if (keys.length === 0) return undefined;
  return [...state.prompts.values()].find(
    (prompt) =>
      prompt.owner === wanted.owner &&
      keys.every((name) => (prompt[name] ?? null) === (wanted[name] ?? null)),
  );
}

/** Like `existingPrompt`: a tune is known by its title, and only under the documented rule. */
export function existingTune(state: AstriaState, owner: Owner, title: unknown): Tune | undefined {
  if (state.dialect.deduplication !== 'attributes') return undefined;
  return [...state.tunes.values()].find((tune) => tune.owner === owner && tune.title === title);
}
