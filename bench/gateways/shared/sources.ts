import DataLoader from 'dataloader';
import { Pool } from 'undici';

/** Fields of Astria's prompt that the schema contains. */
export interface AstriaPrompt {
  readonly id: number;
  readonly tune_id: number | null;
  readonly text: string | null;
  readonly negative_prompt: string | null;
  readonly images?: readonly string[];
  readonly user_error?: string | null;
  readonly seed: number | null;
  readonly created_at: string;
}

/** Fields of Astria's tune that the schema contains. */
export interface AstriaTune {
  readonly id: number;
  readonly title: string | null;
  readonly name: string | null;
  readonly branch: string | null;
  readonly created_at: string;
  readonly started_training_at: string | null;
  readonly trained_at: string | null;
}

export interface PortkeySummary {
  readonly id: string;
  readonly name: string;
  readonly model: string | null;
}

export interface PortkeyPrompt extends PortkeySummary {
  readonly string: string;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const TIMEOUT_MS = 30_000;
const ASTRIA_MAX_PAGE = 120;
const PORTKEY_MAX_PAGE = 100;

const astriaUrl = new URL(process.env.ASTRIA_BASE_URL ?? 'https://api.astria.ai');
const portkeyUrl = new URL(process.env.PORTKEY_BASE_URL ?? 'https://api.portkey.ai/v1');
const poolOptions = {
  connections: 64,
  headersTimeout: TIMEOUT_MS,
  bodyTimeout: TIMEOUT_MS,
  keepAliveTimeout: 30_000,
};
export const astriaPool = new Pool(astriaUrl.origin, poolOptions);
const portkeyPool = new Pool(portkeyUrl.origin, poolOptions);

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  constructor(readonly statusCode: number) {
    super(`The upstream responded with status ${statusCode}.`);
  }
}

type Credentials = Record<string, string>;

async function get<T>(pool: Pool, path: string, headers: Credentials): Promise<T> {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
  if (statusCode !== 200) {
    await body.dump();
    throw new UpstreamError(statusCode);
  }
  return (await body.json()) as T;
}

/** Turns a 404 into null. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof UpstreamError && error.statusCode === 404) return null;
    throw error;
  }
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** Upstream calls of one request, with the keys of the caller. */
export class Sources {
  readonly astriaHeaders: Credentials;
  readonly #portkeyHeaders: Credentials;

  constructor(headers: Headers) {
    const key = (name: string) => String(headers[name] ?? '');
    this.astriaHeaders = { accept: 'application/json', authorization: `Bearer ${key('x-astria-api-key')}` };
    this.#portkeyHeaders = { accept: 'application/json', 'x-portkey-api-key': key('x-portkey-api-key') };
  }

  /** Reads the newest prompts, page by page. */
  async prompts(first: number): Promise<AstriaPrompt[]> {
    const found: AstriaPrompt[] = [];
    while (found.length < first) {
      const limit = Math.min(ASTRIA_MAX_PAGE, first - found.length);
      const before = found.length > 0 ? `&before_id=${found.at(-1)?.id}` : '';
      const path = `/prompts?limit=${limit}${before}`;
      const page = await get<AstriaPrompt[]>(astriaPool, path, this.astriaHeaders);
      found.push(...page);
      if (page.length < limit) break;
    }
    return found;
  }

  /** @returns null if the tune does not exist. */
  tune(id: string): Promise<AstriaTune | null> {
    return orNull(get<AstriaTune>(astriaPool, `/tunes/${encodeURIComponent(id)}`, this.astriaHeaders));
  }

  /** Reads the newest tunes of the account. */
  tunes(): Promise<AstriaTune[]> {
    return get<AstriaTune[]>(astriaPool, `/tunes?limit=${ASTRIA_MAX_PAGE}`, this.astriaHeaders);
  }

  async portkeyPrompts(first: number): Promise<PortkeySummary[]> {
    const found: PortkeySummary[] = [];
    const size = Math.min(PORTKEY_MAX_PAGE, first);
    for (let page = 0; found.length < first; page += 1) {
      const path = `${portkeyUrl.pathname}/prompts?current_page=${page}&page_size=${size}`;
      const { data } = await get<{ data: PortkeySummary[] }>(portkeyPool, path, this.#portkeyHeaders);
      found.push(...data);
      if (data.length < size) break;
    }
    return found.slice(0, first);
  }

  /** @returns null if the prompt does not exist. */
  portkeyPrompt(id: string): Promise<PortkeyPrompt | null> {
    const path = `${portkeyUrl.pathname}/prompts/${encodeURIComponent(id)}`;
    return orNull(get<PortkeyPrompt>(portkeyPool, path, this.#portkeyHeaders));
  }
}

/** Way to read several tunes: each by its id, or all in one call to the list. */
export type TuneReads = 'single' | 'list';

export interface Loaders {
  readonly sources: Sources;
  readonly tunes: DataLoader<string, AstriaTune | null>;
  readonly portkeyPrompts: DataLoader<string, PortkeyPrompt | null>;
}

/** Creates the loaders of one request. */
export function createLoaders(headers: Headers, tuneReads: TuneReads): Loaders {
  const sources = new Sources(headers);
  return {
    sources,
    tunes: new DataLoader((ids) => readTunes(sources, ids, tuneReads)),
    portkeyPrompts: new DataLoader((ids) =>
      Promise.all(ids.map((id) => sources.portkeyPrompt(id).catch(asError))),
    ),
  };
}

async function readTunes(
  sources: Sources,
  ids: readonly string[],
  tuneReads: TuneReads,
): Promise<(AstriaTune | null | Error)[]> {
  const listed = tuneReads === 'list' && ids.length > 1 ? await sources.tunes() : [];
  const byId = new Map(listed.map((tune) => [String(tune.id), tune]));
  return Promise.all(ids.map((id) => byId.get(id) ?? sources.tune(id).catch(asError)));
}
