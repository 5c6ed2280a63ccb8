import type { Owner, Prompt } from './records.js';
import type { AstriaState } from './state.js';

/** The attributes that tell prompts apart, as Astria documents them for accounts with idempotency on. */
const TELLING = [
  ...['text', 'tune_id', 'cfg_scale', 'steps', 'seed', 'callback', 'negative_prompt', 'super_resolution'],
  ...['face_correct', 'aspect_ratio', 'num_images', 'controlnet', 'denoising_strength', 'use_lpw'],
  ...[
    'controlnet_conditioning_scale',
    'w',
    'h',
    'hires_fix',
    'scheduler',
    'controlnet_txt2img',
    'inpaint_faces',
  ],
] as readonly (keyof Prompt)[];

/** The prompt that a create gives again in place of a new one; undefined when there is none, or the setting is off. */
export function existingTwin(
  state: AstriaState,
  wanted: Partial<Prompt> & { readonly owner: Owner; readonly tune_id: number },
): Prompt | undefined {
  const rule = state.dialect.deduplication;
  if (rule === 'none') return undefined;
  const telling = rule === 'attributes' ? TELLING : (['tune_id', 'text', 'seed'] as const);
  return [...state.prompts.values()].find(
    (prompt) =>
      prompt.owner === wanted.owner &&
      telling.every((name) => (prompt[name] ?? null) === (wanted[name] ?? null)),
  );
}
