import { z } from 'zod';
import { prompt } from './prompt-object.js';
import { tune } from './tune-object.js';

/** The documentation shows the bare object. The vendor's reference app reads it from a wrapper. */
const promptCallback = z.union([prompt, z.strictObject({ prompt })]);
const tuneCallback = z.union([tune, z.strictObject({ tune })]);
/** The `prompts_callback` of a pack run contains every prompt of the run. */
const promptsCallback = z.array(prompt);

export const CALLBACKS = { prompt: promptCallback, tune: tuneCallback, prompts: promptsCallback };
