import { attributesWhere } from './attributes.js';
import type { Owner, Prompt, Tune } from './records.js';
import type { AstriaState } from './state.js';

const KEYS: Record<AstriaState['dialect']['deduplication'], readonly (keyof Prompt)[]> = {
  none: [],
  attributes: ['tune_id', ...attributesWhere(({ distinguishes }) => distinguishes === true)],
  'text-and-seed': ['tune_id', 'text', 'seed'],
};

/** Returns the existing prompt to use instead of a new one, or undefined. Always undefined if the setting is 'none'. */
export function existingPrompt(
  state: AstriaState,
  wanted: Partial<Prompt> & { readonly owner: Owner; readonly tune_id: number },
): Prompt | undefined {
  const keys = KEYS[state.dialect.deduplication];
  if (keys.length === 0) return undefined;
  return state.prompts
    .where({ owner: wanted.owner })
    .find((prompt) => keys.every((name) => (prompt[name] ?? null) === (wanted[name] ?? null)));
}

/** Like `existingPrompt`, but for tunes. The title identifies a tune, but only if the setting is 'attributes'. */
export function existingTune(state: AstriaState, owner: Owner, title: unknown): Tune | undefined {
  if (state.dialect.deduplication !== 'attributes') return undefined;
  return state.tunes.where({ owner }).find((tune) => tune.title === title);
}
