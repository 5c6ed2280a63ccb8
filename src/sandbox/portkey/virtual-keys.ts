import { type Answer, json } from '../answer.js';
import { uuidFor } from '../deterministic.js';
import { type Call, readQuery } from './call.js';
import { refusal } from './errors.js';
import { MODELS } from './seed-content.js';

const SLUGS = [...new Set(MODELS.map(({ virtualKey }) => virtualKey))];
const VIRTUAL_KEYS = SLUGS.map((slug) => ({
  id: uuidFor(`virtual-key/${slug}`),
  slug,
  name: slug,
  // The last word of a slug is the environment.
  provider: slug.replace(/-\w+$/, ''),
  status: 'active',
  note: null,
  usage_limits: null,
  rate_limits: null,
  expires_at: null,
}));

/** A key that a prompt names by its UUID is shown by its slug. */
export function virtualKeySlug(ref: string): string {
  return VIRTUAL_KEYS.find(({ id }) => id === ref)?.slug ?? ref;
}

/** GET /virtual-keys: both query parameters are required. */
export function listVirtualKeys(call: Call): Answer {
  const query = readQuery(call, ['current_page', 'page_size', 'workspace_id']);
  for (const name of ['current_page', 'page_size']) {
    if (!/^\d{1,9}$/.test(query(name) ?? '')) {
      throw refusal('AB01', `Validation failed: ${name} is required and must be a whole number`);
    }
  }
  const size = Number(query('page_size'));
  const start = Number(query('current_page')) * size;
  return list(VIRTUAL_KEYS.slice(start, start + size), VIRTUAL_KEYS.length);
}

/** GET /virtual-keys/:slug calls the provider by another name, and masks the key. */
export function showVirtualKey(call: Call): Answer {
  readQuery(call, []);
  const found = VIRTUAL_KEYS.find(({ slug }) => slug === call.params.id);
  if (!found) throw refusal('AB08', 'Virtual key not found');
  const { provider, ...shown } = found;
  return json(200, { ...shown, ai_provider_name: provider, key: '****' });
}

/** GET /providers */
export function listProviders(call: Call): Answer {
  readQuery(call, ['current_page', 'page_size', 'workspace_id']);
  return list(VIRTUAL_KEYS, VIRTUAL_KEYS.length);
}

/** GET /models */
export function listModels(call: Call): Answer {
  readQuery(call, ['ai_service', 'provider', 'limit', 'offset', 'sort', 'order']);
  const models = [...new Set(MODELS.map(({ model }) => model))];
  const data = models.map((id) => ({ id, object: 'model', created: 1_735_689_600, owned_by: 'sandbox' }));
  return json(200, { object: 'list', data });
}

function list(data: unknown[], total: number): Answer {
  return json(200, { object: 'list', total, data });
}
