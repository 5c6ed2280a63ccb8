import { uuidFor } from '../deterministic.js';
import type { Call } from './call.js';
import { refusal } from './errors.js';
import { PAGING, pageOf, toListResponse } from './paging.js';
import { type Route, reads } from './resources.js';
import { MODELS } from './seed-content.js';

const SLUGS = [...new Set(MODELS.map(({ virtualKey }) => virtualKey))];
const VIRTUAL_KEYS = SLUGS.map((slug) => ({
  id: uuidFor(`virtual-key/${slug}`),
  slug,
  name: slug,
  // The last part of a slug is the environment.
  provider: slug.replace(/-\w+$/, ''),
  status: 'active',
  note: null,
  usage_limits: null,
  rate_limits: null,
  expires_at: null,
}));

/** Returns the slug of a virtual key that a prompt references by UUID or slug. */
export function virtualKeySlug(ref: string): string {
  return VIRTUAL_KEYS.find(({ id }) => id === ref)?.slug ?? ref;
}

const LIST_QUERY = [...PAGING, 'workspace_id'];

export const VIRTUAL_KEY_ROUTES: Record<string, Route> = {
  'GET /virtual-keys': reads(LIST_QUERY, listVirtualKeys),
  'GET /virtual-keys/:id': reads([], showVirtualKey),
  'GET /providers': reads(LIST_QUERY, () => toListResponse(VIRTUAL_KEYS)),
  'GET /models': reads(['ai_service', 'provider', 'limit', 'offset', 'sort', 'order'], listModels),
};

/** Lists virtual keys. Both paging parameters are required. */
function listVirtualKeys(call: Call): unknown {
  for (const name of PAGING) {
    if (!/^\d{1,9}$/.test(call.request.query.get(name) ?? '')) {
      throw refusal('AB01', `Validation failed: ${name} is required and must be a whole number`);
    }
  }
  return pageOf(call, VIRTUAL_KEYS, (key) => key, { min: 0, max: Number.POSITIVE_INFINITY });
}

/** Shows a single key. The provider has another field name than in the list, and the key is masked. */
function showVirtualKey(call: Call): unknown {
  const found = VIRTUAL_KEYS.find(({ slug }) => slug === call.params.id);
  if (!found) throw refusal('AB08', 'Virtual key not found');
  const { provider, ...shown } = found;
  return { ...shown, ai_provider_name: provider, key: '****' };
}

function listModels(): unknown {
  const models = [...new Set(MODELS.map(({ model }) => model))];
  const data = models.map((id) => ({ id, object: 'model', created: 1_735_689_600, owned_by: 'sandbox' }));
  return { object: 'list', data };
}
