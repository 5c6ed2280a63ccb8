import { timestamp } from '../clock.js';
import { empty, json, type SandboxResponse } from '../response.js';
import { PROMPT_PATCH_RULES } from './attributes.js';
import { type Call, requirePrompt, requireReadable } from './call.js';
import { PAGING, pageOf } from './paging.js';
import { checkTemplate } from './prompt-checks.js';
import { readExpand, withDebugImages } from './prompt-expand.js';
import { FILTERS, filterPrompts } from './prompt-filters.js';
import { type Prompt, presentPrompt } from './records.js';
import { RequestFields } from './request-fields.js';

const MAX_OFFSET = 10_000;
const EXPAND = 'expand[]';

/** Query parameters of a single prompt. */
export const PROMPT_QUERY = [EXPAND];
/** Query parameters of prompt lists. */
export const PROMPTS_QUERY = [...PAGING, ...FILTERS, EXPAND];

/** GET /prompts, and /tunes/:tune_id/prompts */
export function listPrompts(call: Call): SandboxResponse {
  const tune = call.params.tune_id === undefined ? null : requireReadable(call, call.state.tunes, 'tune_id');
  const prompts = filterPrompts(call).filter(({ tune_id }) => tune === null || tune_id === tune.id);
  return json(200, pageOf(prompts, call.request.query, { maxOffset: MAX_OFFSET }).map(present(call)));
}

/** GET /prompts/:id, also below its tune. Shows a prompt of the account or the template of a public pack. */
export function showPrompt(call: Call): SandboxResponse {
  const shown = present(call);
  const isBelowTune = call.params.tune_id !== undefined;
  return json(200, shown(isBelowTune ? requirePrompt(call) : requireReadable(call, call.state.prompts)));
}

/** PATCH /prompts/:id, also below its tune */
export function updatePrompt(call: Call): SandboxResponse {
  const prompt = requirePrompt(call);
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(PROMPT_PATCH_RULES, fields.object('prompt'));
  if (values.pack_id) {
    checkTemplate({ text: prompt.text, pack_id: Number(values.pack_id) }, (...error) => fields.add(...error));
  }
  fields.throwIfAny();
  Object.assign(prompt, values, { updated_at: timestamp() });
  return json(200, presentPrompt(prompt));
}

/** DELETE /prompts/:id, also below its tune */
export function deletePrompt(call: Call): SandboxResponse {
  call.state.deletePrompt(requirePrompt(call).id);
  return json(200, { message: 'Prompt successfully deleted' });
}

/** POST and DELETE /prompts/:id/likes. A change to a duplicate also applies to its original. */
export function like(call: Call, liked: boolean): SandboxResponse {
  const prompt = requirePrompt(call);
  prompt.liked = liked;
  const original = call.state.prompts.get(prompt.orig_prompt_id ?? 0);
  if (original?.owner === call.owner) original.liked = liked;
  return empty(201);
}

function present(call: Call): (prompt: Prompt) => Record<string, unknown> {
  const expands = readExpand(call.request.query.getAll(EXPAND));
  return expands ? (prompt) => withDebugImages(call.state, prompt) : presentPrompt;
}
