import { type Answer, empty, json } from '../answer.js';
import { timestamp } from '../clock.js';
import { PROMPT_PATCH_RULES } from './attributes.js';
import { type Call, requirePrompt, requireReadablePrompt, requireTune } from './call.js';
import { FieldErrors } from './field-errors.js';
import { PAGING, page, refuseUnknownQuery } from './paging.js';
import { checkTemplate } from './prompt-checks.js';
import { readExpand, withDebugImages } from './prompt-expand.js';
import { FILTERS, filterPrompts } from './prompt-filters.js';
import { readParams, requireObject } from './rails-params.js';
import { type Prompt, presentPrompt } from './records.js';
import { readFields } from './values.js';

const MAX_OFFSET = 10_000;
const EXPAND = 'expand[]';

/** GET /prompts */
export function listPrompts(call: Call): Answer {
  return answerPrompts(call, () => true);
}

/** GET /tunes/:id/prompts */
export function listTunePrompts(call: Call): Answer {
  const tune = requireTune(call);
  return answerPrompts(call, (prompt) => prompt.tune_id === tune.id);
}

/** GET /prompts/:id, also below its tune */
export function showPrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, [EXPAND]);
  return json(200, present(call)(requireReadablePrompt(call)));
}

/** PATCH /prompts/:id, also below its tune */
export function updatePrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const prompt = requirePrompt(call);
  const params = readParams(call.request.body);
  const errors = new FieldErrors();
  const { values } = readFields(PROMPT_PATCH_RULES, requireObject(params, 'prompt'), params.isForm, errors);
  if (values.pack_id)
    checkTemplate({ text: prompt.text, pack_id: Number(values.pack_id) }, (...error) => errors.add(...error));
  errors.throwIfAny();
  Object.assign(prompt, values, { updated_at: timestamp() });
  return json(200, presentPrompt(prompt));
}

/** DELETE /prompts/:id, also below its tune */
export function deletePrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  call.state.deletePrompt(requirePrompt(call).id);
  return json(200, { message: 'Prompt successfully deleted' });
}

/** POST and DELETE /prompts/:id/likes: what is done to a duplicate counts for its original too. */
export function like(call: Call, liked: boolean): Answer {
  refuseUnknownQuery(call.request.query, []);
  const prompt = requirePrompt(call);
  prompt.liked = liked;
  const original = call.state.prompts.get(prompt.orig_prompt_id ?? 0);
  if (original?.owner === call.owner) original.liked = liked;
  return empty(201);
}

function answerPrompts(call: Call, belongs: (prompt: Prompt) => boolean): Answer {
  const { query } = call.request;
  refuseUnknownQuery(query, [...PAGING, ...FILTERS, EXPAND]);
  const prompts = filterPrompts(call).filter(belongs);
  return json(200, page(prompts, query, { maxOffset: MAX_OFFSET }).map(present(call)));
}

function present(call: Call): (prompt: Prompt) => Record<string, unknown> {
  const expands = readExpand(call.request.query.getAll(EXPAND));
  return expands ? (prompt) => withDebugImages(call.state, prompt) : presentPrompt;
}
