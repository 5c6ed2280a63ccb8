import { type Answer, json } from '../answer.js';
import { timestamp } from '../clock.js';
import { TUNE_PATCH_RULES } from './attributes.js';
import { type Call, galleryTunes, ownTunes, requireOwnTune, requireTune } from './call.js';
import { FieldErrors } from './field-errors.js';
import { PAGING, page, refuseUnknownQuery } from './paging.js';
import { readParams, requireObject } from './rails-params.js';
import { presentTune, type Tune } from './records.js';
import { isFilled, readFields } from './values.js';

const MAX_OFFSET = 200;

/** GET /tunes */
export function listTunes(call: Call): Answer {
  const tunes = filterTunes(ownTunes(call), call.request.query);
  return json(200, page(tunes, call.request.query, { maxOffset: MAX_OFFSET }).map(presentTune));
}

/** GET /gallery/tunes: clients ask for more than a page, so a larger limit is no error here. */
export function listGalleryTunes(call: Call): Answer {
  const tunes = filterTunes(galleryTunes(call), call.request.query);
  return json(200, page(tunes, call.request.query, { maxOffset: MAX_OFFSET, clamps: true }).map(presentTune));
}

/** GET /tunes/:id */
export function showTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  return json(200, presentTune(requireTune(call)));
}

/** PATCH /tunes/:id */
export function updateTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const tune = requireOwnTune(call);
  const params = readParams(call.request.body);
  const errors = new FieldErrors();
  const { values } = readFields(TUNE_PATCH_RULES, requireObject(params, 'tune'), params.isForm, errors);
  for (const field of ['title', 'name']) {
    if (field in values && !isFilled(values[field])) errors.add(field, "can't be blank");
  }
  errors.throwIfAny();
  Object.assign(tune, values, { updated_at: timestamp() });
  return json(200, presentTune(tune));
}

/** DELETE /tunes/:id: its prompts go with it. */
export function deleteTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  call.state.deleteTune(requireOwnTune(call).id);
  return json(200, { message: 'Tune successfully deleted' });
}

function filterTunes(tunes: Tune[], query: URLSearchParams): Tune[] {
  refuseUnknownQuery(query, [...PAGING, 'title', 'name[]', 'model_type', 'branch']);
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

/** A part of the title, the product name or the SKU. */
function isTitled(tune: Tune, part: string): boolean {
  const wanted = part.toLowerCase();
  return [tune.title, tune.product_name, tune.sku].some((text) => text?.toLowerCase().includes(wanted));
}
