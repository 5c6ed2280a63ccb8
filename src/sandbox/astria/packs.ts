import { type Answer, json } from '../answer.js';
import { userIdOf } from './account.js';
import type { Rule } from './attributes.js';
import { type Call, notFound } from './call.js';
import { FieldErrors } from './field-errors.js';
import { badRequest, page, refuseUnknownQuery } from './paging.js';
import { readParams, requireObject } from './rails-params.js';
import type { Pack, Prompt } from './records.js';
import { isFilled, readFields } from './values.js';

const MAX_OFFSET = 10_000;
const RULES = {
  title: { kind: 'text' },
  base_tune_id: { kind: 'int', min: 1 },
  model_type: { kind: 'choice', values: ['faceid', 'lora', 'pti'] },
  subtitle: { kind: 'text' },
} as const satisfies Record<string, Rule>;

/** GET /packs */
export function listPacks(call: Call): Answer {
  return answerPacks(call, (pack) => pack.owner === call.owner, false);
}

/** GET /gallery/packs */
export function listGalleryPacks(call: Call): Answer {
  return answerPacks(call, (pack) => pack.public_at !== null, true);
}

/** GET /p/:id_or_slug */
export function showPack(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  return json(200, presentPack(call, requirePack(call)));
}

/** POST /packs */
export function createPack(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const params = readParams(call.request.body);
  const errors = new FieldErrors();
  const { values } = readFields(RULES, requireObject(params, 'pack'), params.isForm, errors);
  if (!errors.has('title') && !isFilled(values.title)) errors.add('title', "can't be blank");
  errors.throwIfAny();
  // The values have passed RULES, whose names and types are the pack's own.
  const pack = call.state.addPack({ ...values, owner: call.owner } as Partial<Pack>);
  return json(201, presentPack(call, pack));
}

/** A pack of the account or a public one, by id or slug. */
export function requirePack(call: Call): Pack {
  const wanted = call.params.id_or_slug ?? '';
  const pack = [...call.state.packs.values()].find(
    ({ id, slug }) => String(id) === wanted || slug === wanted,
  );
  if (!pack || (pack.owner !== call.owner && pack.public_at === null)) throw notFound();
  return pack;
}

/** The prompts that a run of the pack copies, oldest first. */
export function templatesOf(call: Call, pack: Pack): Prompt[] {
  return [...call.state.prompts.values()]
    .filter((prompt) => prompt.pack_id === pack.id && prompt.owner === pack.owner)
    .sort((a, b) => a.id - b.id);
}

function answerPacks(call: Call, belongs: (pack: Pack) => boolean, clamps: boolean): Answer {
  const { query } = call.request;
  refuseUnknownQuery(query, ['public', 'listed', 'limit', 'offset']);
  const [isPublic, isListed] = [isSet(query, 'public'), isSet(query, 'listed')];
  const packs = [...call.state.packs.values()].filter(
    (pack) =>
      belongs(pack) && (!isPublic || pack.public_at !== null) && (!isListed || pack.unlisted_at === null),
  );
  return json(200, page(packs, query, { maxOffset: MAX_OFFSET, clamps }).map(presentItem));
}

function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && value !== 'true') throw badRequest(`${name} must be true`);
  return value === 'true';
}

/** The shape of a pack in a list. */
function presentItem(pack: Pack): Record<string, unknown> {
  const { id, base_tune_id, slug, title, token, created_at, updated_at } = pack;
  const { multiplier, model_type, public_at } = pack;
  const costs = Object.entries(pack.classes).map(([name, { cost_mc }]) => [name, cost_mc]);
  return {
    ...{ id, base_tune_id, user_id: userIdOf(pack.owner), slug, title, token, created_at, updated_at },
    ...{ multiplier, model_type, public_at, cost_mc_hash: Object.fromEntries(costs) },
  };
}

/** The shape of a single pack. */
function presentPack(call: Call, pack: Pack): Record<string, unknown> {
  const templates = templatesOf(call, pack);
  const classNames = Object.keys(pack.classes);
  const { id, slug, title, subtitle, cover_url, logo, created_at, updated_at, public_at, unlisted_at } = pack;
  const prompts = templates.map((prompt) => ({ id: prompt.id, images: prompt.images ?? [] }));
  return {
    ...{ id, slug, title, subtitle, cover_url, logo, created_at, updated_at, public_at, unlisted_at },
    main_class_name: classNames[0] ?? null,
    multiplier_api: pack.multiplier,
    costs: pack.classes,
    prompts_per_class: Object.fromEntries(classNames.map((name) => [name, prompts])),
    template_prompts: templates.map((prompt) => ({ id: prompt.id, cost_mc: prompt.cost_mc })),
  };
}
