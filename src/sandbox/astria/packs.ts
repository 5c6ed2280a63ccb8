import { json, type SandboxResponse } from '../response.js';
import { userIdOf } from './account.js';
import { type Call, notFound } from './call.js';
import { isSet, pageOf } from './paging.js';
import type { Pack, Prompt } from './records.js';
import { RequestFields } from './request-fields.js';
import type { Rule } from './values.js';

const MAX_OFFSET = 10_000;
const RULES = {
  title: { kind: 'text' },
  base_tune_id: { kind: 'int', min: 1 },
  model_type: { kind: 'choice', values: ['faceid', 'lora', 'pti'] },
  subtitle: { kind: 'text' },
} as const satisfies Record<string, Rule>;

/** Query parameters of lists. */
export const PACKS_QUERY = ['public', 'listed', 'limit', 'offset'];

/** GET /packs */
export function listPacks(call: Call): SandboxResponse {
  return respondWithPacks(call, (pack) => pack.owner === call.owner, false);
}

/** GET /gallery/packs */
export function listGalleryPacks(call: Call): SandboxResponse {
  return respondWithPacks(call, (pack) => pack.public_at !== null, true);
}

/** GET /p/:id_or_slug */
export function showPack(call: Call): SandboxResponse {
  return json(200, presentPack(call, requirePack(call)));
}

/** POST /packs */
export function createPack(call: Call): SandboxResponse {
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(RULES, fields.object('pack'));
  fields.requireFilled(values, 'title');
  fields.throwIfAny();
  // The values have passed RULES, which has the names and types of a pack.
  const pack = call.state.addPack({ ...values, owner: call.owner } as Partial<Pack>);
  return json(201, presentPack(call, pack));
}

/** Returns the account's pack or a public pack by id or slug. @throws Refusal */
export function requirePack(call: Call): Pack {
  const wanted = call.params.id_or_slug ?? '';
  const pack = [...call.state.packs.values()].find(
    ({ id, slug }) => String(id) === wanted || slug === wanted,
  );
  if (!pack || (pack.owner !== call.owner && pack.public_at === null)) throw notFound();
  return pack;
}

/** Returns the prompts that a run of the pack copies, oldest first. */
export function templatesOf(call: Call, pack: Pack): Prompt[] {
  const { id: pack_id, owner } = pack;
  return call.state.prompts.where({ pack_id, owner }).sort((a, b) => a.id - b.id);
}

function respondWithPacks(call: Call, belongs: (pack: Pack) => boolean, clamps: boolean): SandboxResponse {
  const { query } = call.request;
  const [isPublic, isListed] = [isSet(query, 'public'), isSet(query, 'listed')];
  const packs = [...call.state.packs.values()].filter(
    (pack) =>
      belongs(pack) && (!isPublic || pack.public_at !== null) && (!isListed || pack.unlisted_at === null),
  );
  return json(200, pageOf(packs, query, { maxOffset: MAX_OFFSET, clamps }).map(presentItem));
}

/** Returns a pack as shown in a list. */
function presentItem(pack: Pack): Record<string, unknown> {
  const { id, base_tune_id, slug, title, token, created_at, updated_at } = pack;
  const { multiplier, model_type, public_at } = pack;
  const costs = Object.entries(pack.classes).map(([name, { cost_mc }]) => [name, cost_mc]);
  return {
    ...{ id, base_tune_id, user_id: userIdOf(pack.owner), slug, title, token, created_at, updated_at },
    ...{ multiplier, model_type, public_at, cost_mc_hash: Object.fromEntries(costs) },
  };
}

/** Returns a pack as shown by itself. */
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
