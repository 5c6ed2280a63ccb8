import { json, Refusal, type SandboxResponse } from '../response.js';
import { attributesOf, promptAttributes, TUNE_RULES } from './attributes.js';
import { type Call, workspaceOf } from './call.js';
import { requirePack, templatesOf } from './packs.js';
import { checkDependencies } from './prompt-checks.js';
import { readPromptFields } from './prompt-fields.js';
import type { Pack, Prompt, Tune } from './records.js';
import { RequestFields } from './request-fields.js';
import { checkTune, trainTune } from './tune-create.js';
import { isFilled, type Rule } from './values.js';

const RULES = {
  ...TUNE_RULES,
  tune_ids: { kind: 'ids' },
  prompt_ids: { kind: 'ids' },
  brief: { kind: 'text' },
  prompt_attributes: { kind: 'object' },
  prompts_callback: { kind: 'url' },
} as const satisfies Record<string, Rule>;

interface Run {
  templates: Prompt[];
  overrides: Record<string, unknown>;
}

/** POST /p/:id_or_slug/tunes. Trains a tune or uses existing ones, and renders the templates with them. */
export function runPack(call: Call): SandboxResponse {
  const pack = requirePack(call);
  const fields = new RequestFields(call.request.body);
  const { values, files } = fields.read(RULES, fields.object('tune'));
  const run = checkRun(call, pack, values, fields);
  const existing = findTunes(call, pack, values, fields);
  fields.throwIfAny();
  const { brief: _brief, tune_ids: _tunes, prompt_ids: _prompts, ...rest } = values;
  const { prompt_attributes: _attributes, prompts_callback: callback, ...forTune } = rest;
  const base = { base_tune_id: pack.base_tune_id, model_type: pack.model_type };
  const tunes = existing ?? [trainTune(call, { ...base, ...forTune }, files.get('images') ?? [])];
  const promptIds = tunes.flatMap((tune) => renderTemplates(call, pack, tune, run));
  if (typeof callback === 'string') call.state.addBatchCallback(callback, promptIds);
  return json(201, pack.is_multi ? createOrder(call, tunes, promptIds) : presentShort(tunes[0]));
}

function checkRun(call: Call, pack: Pack, values: Record<string, unknown>, fields: RequestFields): Run {
  const all = templatesOf(call, pack);
  const wanted = Array.isArray(values.prompt_ids) ? values.prompt_ids : null;
  const templates = all.filter(({ id }) => wanted === null || wanted.includes(id));
  if (wanted !== null && templates.length < new Set(wanted).size) {
    fields.add('prompt_ids', 'has ids that are not templates of this pack');
  }
  const given = Object(values.prompt_attributes ?? {});
  const { values: overrides, files } = readPromptFields(fields, given, 'prompt_attributes.');
  if (files.size > 0) fields.add('prompt_attributes', 'cannot have files');
  for (const template of templates) {
    const merged = { ...attributesOf(template), pack_id: null, ...overrides };
    checkDependencies(promptAttributes(merged), fields, 'prompt_attributes.');
  }
  return { templates, overrides };
}

/** Returns the tunes in `tune_ids`, or null if a new tune is to be trained. */
function findTunes(
  call: Call,
  pack: Pack,
  values: Record<string, unknown>,
  fields: RequestFields,
): Tune[] | null {
  const ids: unknown = values.tune_ids;
  if (Array.isArray(ids) && ids.length > 0) {
    const tunes = ids.flatMap((id: number) => call.state.tunes.get(id) ?? []);
    const areOwn = tunes.length === ids.length && tunes.every((tune) => tune.owner === call.owner);
    if (!areOwn) fields.add('tune_ids', 'has ids of tunes that do not exist');
    return tunes;
  }
  if (pack.is_multi) throw new Refusal(json(422, { tune_ids: ['is required by a pack with several tunes'] }));
  checkTune(call, values, fields);
  if (isFilled(values.name) && !Object.hasOwn(pack.classes, String(values.name))) {
    fields.add('name', `must be one of ${Object.keys(pack.classes).join(', ')}`);
  }
  return null;
}

function renderTemplates(call: Call, pack: Pack, tune: Tune, run: Run): number[] {
  return run.templates.map((template) => {
    const attributes = promptAttributes({
      ...attributesOf(template),
      text: fillTemplate(template.text, tune),
      workspace_id: workspaceOf(call),
      ...run.overrides,
      pack_id: null,
      base_pack_id: pack.id,
    });
    return call.state.renderPrompt({ ...attributes, owner: call.owner, tune_id: tune.id }).id;
  });
}

/** Inserts the tune and its characteristics into the text of a template. */
function fillTemplate(text: string | null, tune: Tune): string | null {
  if (text === null) return null;
  return text
    .replace(/<(lora|faceid):\w+/g, `<$1:${tune.id}`)
    .replace(/\{\{(\w+)\}\}/g, (_all, key: string) => String(tune.characteristics?.[key] ?? ''));
}

const SHORT = [
  ...['id', 'title', 'name', 'token', 'base_tune_id', 'branch', 'model_type', 'trained_at'],
  ...['created_at', 'updated_at', 'url'],
] as readonly (keyof Tune)[];

function presentShort(tune: Tune | undefined): Record<string, unknown> {
  return tune ? Object.fromEntries(SHORT.map((name) => [name, tune[name]])) : {};
}

function createOrder(call: Call, tunes: Tune[], promptIds: number[]): Record<string, unknown> {
  const id = call.state.nextOrderId();
  for (const promptId of promptIds) {
    const prompt = call.state.prompts.get(promptId);
    if (prompt) prompt.order_id = id;
  }
  return { status: 201, order: { id, tune_ids: tunes.map((tune) => tune.id) }, prompt_ids: promptIds };
}
