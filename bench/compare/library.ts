/** Maximum number of objects that a workload requests. */
const ASTRIA_PROMPTS = 600;
const PORTKEY_PROMPTS = 600;
/** Number of tunes in the account. Each prompt uses the next tune, so 100 prompts have 100 tunes. */
const TUNES = 100;
const FIRST_TUNE = 1_504_000;
const FIRST_PROMPT = 20_410_000;
const TIME = '2026-06-02T08:00:31.101Z';

/** Text of the prompt that is created with an image. */
export const UPLOAD_TEXT = 'ohwx woman in the style of the picture';

/** Id of a tune that the account owns. */
export const KNOWN_TUNE = FIRST_TUNE + TUNES - 1;

const TEMPLATE = JSON.stringify([
  { role: 'system', content: 'You are a careful assistant of Northwind. Quote the paragraph. '.repeat(12) },
  { role: 'user', content: 'Reply to {{name}} in {{language}}: {{question}}' },
]);

/** Builds a tune with all documented fields of Astria. */
function tune(n: number) {
  const id = FIRST_TUNE + n;
  return {
    id,
    title: `Studio portrait ${n}`,
    name: 'woman',
    token: 'ohwx',
    base_tune_id: 1_504_944,
    args: null,
    steps: null,
    face_crop: true,
    training_face_correct: false,
    ckpt_url: `https://sdbooth2-production.s3.amazonaws.com/checkpoint-${n}`,
    ckpt_urls: [`https://sdbooth2-production.s3.amazonaws.com/checkpoint-${n}`],
    eta: '2026-06-02T08:40:00.000Z',
    trained_at: '2026-06-02T08:31:12.004Z',
    started_training_at: '2026-06-02T08:00:02.733Z',
    expires_at: '2026-07-02T08:31:12.004Z',
    created_at: '2026-06-02T08:00:00.512Z',
    updated_at: TIME,
    branch: 'flux1',
    model_type: 'lora',
    url: `https://api.astria.ai/tunes/${id}.json`,
    orig_images: Array.from(
      { length: 8 },
      (_, image) => `https://sdbooth2-production.s3.amazonaws.com/o-${n}-${image}`,
    ),
    is_api: true,
  };
}

/** Builds an image prompt with all documented fields of Astria. */
function astriaPrompt(n: number) {
  const id = FIRST_PROMPT + n;
  const tuneId = FIRST_TUNE + (n % TUNES);
  return {
    id,
    tune_id: tuneId,
    text: `<lora:${tuneId}:1> ohwx woman at a desk by the window, morning light, take ${n}`,
    negative_prompt: 'blurry, watermark',
    callback: `https://app.example/hooks/astria?order=${n}`,
    cfg_scale: 3.5,
    steps: 28,
    seed: 4_294_960_000 + n,
    trained_at: '2026-06-02T08:00:31.004Z',
    started_training_at: '2026-06-02T08:00:02.733Z',
    created_at: '2026-06-02T08:00:00.512Z',
    updated_at: TIME,
    url: `https://api.astria.ai/tunes/${tuneId}/prompts/${id}.json`,
    images: [1, 2].map((image) => `https://sdbooth2-production.s3.amazonaws.com/image-${n}-${image}`),
    num_images: 2,
    aspect_ratio: '4:5',
    resolution: '2K',
    input_image: null,
    input_video: null,
    pack_id: null,
    base_pack_id: 88,
    order_id: null,
    orig_prompt_id: null,
    cost_mc: 2300,
  };
}

/** Number of prompts created so far, for unique ids. */
let created = 0;

/** Builds the response to a create request. Its creation time is current, because a gateway may check it. */
export function createdPrompt() {
  const now = new Date().toISOString();
  const id = FIRST_PROMPT + ASTRIA_PROMPTS + created;
  created += 1;
  return {
    id,
    tune_id: KNOWN_TUNE,
    text: UPLOAD_TEXT,
    negative_prompt: '',
    callback: null,
    cfg_scale: null,
    steps: null,
    seed: null,
    trained_at: null,
    started_training_at: null,
    created_at: now,
    updated_at: now,
    url: `https://api.astria.ai/tunes/${KNOWN_TUNE}/prompts/${id}.json`,
  };
}

function portkeyId(n: number): string {
  return `3f0c1a52-7d1e-4c1a-9b1f-${String(n).padStart(12, '0')}`;
}

/** Builds a prompt with the fields of Portkey's list. */
function portkeySummary(n: number) {
  return {
    id: portkeyId(n),
    slug: `pp-support-${n}`,
    name: `Support triage ${n}`,
    collection_id: '8d7c0c5e-3b53-4d2c-a1f0-0c9a6f1f2b11',
    model: 'gpt-4o',
    status: 'active',
    created_at: '2026-03-02T08:00:00.000Z',
    last_updated_at: '2026-05-11T09:30:00.000Z',
    object: 'prompt',
    access_level: 'workspace',
    allow_all_workspaces: 0,
    prompt_owning_workspace_id: '5a0d2e0c-9a54-4d3c-8a35-6f1b0c7a9d10',
    share_organisation_id: null,
    shared_at: null,
    shared_by_user_id: null,
    shared_from_version_id: null,
    forked_from_prompt_id: null,
    forked_from_prompt_version_id: null,
  };
}

/** Builds a prompt with the fields of a single read at Portkey. */
function portkeyPrompt(n: number) {
  return {
    ...portkeySummary(n),
    string: TEMPLATE,
    parameters: { model: 'gpt-4o', temperature: 0.2, max_tokens: 1024, language: 'English' },
    virtual_key: 'openai-prod',
    functions: null,
    tools: null,
    tool_choice: null,
    template_metadata: {},
    is_raw_template: 0,
    prompt_version: 3,
    prompt_version_id: `6b1d7f10-1b7a-4f7e-8f5c-${String(n).padStart(12, '0')}`,
    prompt_version_status: 'active',
    prompt_version_description: null,
    prompt_version_label_id: null,
    prompt_version_label_name: null,
    prompt_version_labels: [],
    variable_components: {
      variables: ['name', 'language', 'question'],
      partials: [],
      sections: [],
      sectionVariables: {},
      variablePartials: [],
    },
  };
}

/** Returns the object that an upstream serves at a URL, or null. */
export function objectAt(url: string): unknown {
  const { pathname, searchParams } = new URL(url, 'http://upstream');
  const id = pathname.split('/').at(-1) ?? '';
  if (pathname === '/v1/prompts') return portkeyPage(searchParams);
  if (pathname.startsWith('/v1/prompts/'))
    return oneOf(Number(id.slice(-12)), PORTKEY_PROMPTS, portkeyPrompt);
  if (pathname === '/prompts') return keysetPage(searchParams, FIRST_PROMPT, ASTRIA_PROMPTS, astriaPrompt);
  if (pathname === '/tunes') return keysetPage(searchParams, FIRST_TUNE, TUNES, tune);
  if (pathname.startsWith('/tunes/')) return oneOf(Number(id) - FIRST_TUNE, TUNES, tune);
  return null;
}

function oneOf<T>(n: number, count: number, make: (n: number) => T): T | null {
  return Number.isInteger(n) && n >= 0 && n < count ? make(n) : null;
}

/** Builds a page, newest first, like Astria's lists. */
function keysetPage<T>(query: URLSearchParams, first: number, count: number, make: (n: number) => T): T[] {
  const limit = Math.min(120, Number(query.get('limit') ?? 20));
  const below = Math.min(count, Number(query.get('before_id') ?? first + count) - first);
  const newest = Math.max(0, below);
  return Array.from({ length: Math.min(limit, newest) }, (_, back) => make(newest - 1 - back));
}

function portkeyPage(query: URLSearchParams): unknown {
  const size = Math.min(100, Number(query.get('page_size') ?? 100));
  const start = size * Number(query.get('current_page') ?? 0);
  const length = Math.max(0, Math.min(size, PORTKEY_PROMPTS - start));
  const data = Array.from({ length }, (_, n) => portkeySummary(start + n));
  return { object: 'list', total: PORTKEY_PROMPTS, data };
}
