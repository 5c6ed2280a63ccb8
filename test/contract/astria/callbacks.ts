import { z } from 'zod';
import { prompt } from './prompt-object.js';
import { tune } from './tune-object.js';

/** Documented is the object itself; the vendor's reference app reads it from a wrapper. */
const promptCallback = z.union([prompt, z.strictObject({ prompt })]);
const tuneCallback = z.union([tune, z.strictObject({ tune })]);
/** The `prompts_callback` of a pack run carries every prompt of the run. */
const promptsCallback = z.array(prompt);

export const CALLBACKS = { prompt: promptCallback, tune: tuneCallback, prompts: promptsCallback };
