import { timestamp } from '../clock.js';
import { json, type SandboxResponse } from '../response.js';
import { TUNE_PATCH_RULES } from './attributes.js';
import { type Call, ownRecords, requireOwn, requireReadable } from './call.js';
import { PAGING, pageOf } from './paging.js';
import { presentTune, type Tune } from './records.js';
import { RequestFields } from './request-fields.js';

const MAX_OFFSET = 200;

/** Query parameters of lists. */
export const TUNES_QUERY = [...PAGING, 'title', 'name[]', 'model_type', 'branch'];

/** GET /tunes */
export function listTunes(call: Call): SandboxResponse {
  const tunes = filterTunes(ownRecords(call, call.state.tunes), call.request.query);
  return json(200, pageOf(tunes, call.request.query, { maxOffset: MAX_OFFSET }).map(presentTune));
}

/** GET /gallery/tunes. A larger limit is reduced, because clients request more than the maximum page size here. */
export function listGalleryTunes(call: Call): SandboxResponse {
  const tunes = filterTunes(call.state.tunes.where({ owner: 'gallery' }), call.request.query);
  const page = pageOf(tunes, call.request.query, { maxOffset: MAX_OFFSET, clamps: true });
  return json(200, page.map(presentTune));
}

/** GET /tunes/:id */
export function showTune(call: Call): SandboxResponse {
  return json(200, presentTune(requireReadable(call, call.state.tunes)));
}

/** PATCH /tunes/:id */
export function updateTune(call: Call): SandboxResponse {
  const tune = requireOwn(call, call.state.tunes);
  const fields = new RequestFields(call.request.body);
  const { values } = fields.read(TUNE_PATCH_RULES, fields.object('tune'));
  fields.requireFilled(values, ...['title', 'name'].filter((name) => name in values));
  fields.throwIfAny();
  Object.assign(tune, values, { updated_at: timestamp() });
  return json(200, presentTune(tune));
}

/** DELETE /tunes/:id. Also deletes its prompts. */
export function deleteTune(call: Call): SandboxResponse {
  call.state.deleteTune(requireOwn(call, call.state.tunes).id);
  return json(200, { message: 'Tune successfully deleted' });
}

function filterTunes(tunes: Tune[], query: URLSearchParams): Tune[] {
  const names = query.getAll('name[]');
  const [title, modelType, branch] = [query.get('title'), query.get('model_type'), query.get('branch')];
  return tunes.filter(
    (tune) =>
      (title === null || isTitled(tune, title)) &&
      (modelType === null || tune.model_type === modelType) &&
      (branch === null || tune.branch === branch) &&
      (names.length === 0 || names.includes(tune.name)),
  );
}

/** Returns true if the title, the product name or the SKU contains the string. */
function isTitled(tune: Tune, part: string): boolean {
  const wanted = part.toLowerCase();
  return [tune.title, tune.product_name, tune.sku].some((text) => text?.toLowerCase().includes(wanted));
}
