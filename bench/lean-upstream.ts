import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** Number of calls so far. */
export interface Arrivals {
  lists: number;
  reads: number;
  creates: number;
}

export interface LeanUpstream {
  /** Value for PORTKEY_BASE_URL. */
  readonly url: string;
  readonly arrivals: Arrivals;
  /** Returns the number of prompts. */
  size(): number;
  close(): Promise<void>;
}

type Prompt = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };

const createBody = z.looseObject({ name: z.string(), collection_id: z.string() });
const CREATED_AT = new Date(Date.UTC(2026, 0, 1)).toISOString();
const TEMPLATE = JSON.stringify([
  { role: 'system', content: 'You are a careful assistant of Northwind. '.repeat(25) },
  { role: 'user', content: 'Answer {{name}} in {{language}}: {{question}}' },
]);

/**
 * Starts an upstream with only the three calls of a replication without faults. The sandbox would record and check every
 * call, which takes as much time as the gateway.
 */
export async function startLeanUpstream(prompts: number, latencyMs: number): Promise<LeanUpstream> {
  const library = new Library();
  for (let n = 0; n < prompts; n += 1) library.add(sourceFields(n));
  const arrivals: Arrivals = { lists: 0, reads: 0, creates: 0 };
  const server = http.createServer(async (request, response) => {
    const arrivedAt = performance.now();
    const url = new URL(request.url ?? '/', 'http://any');
    const body = request.method === 'POST' ? await text(request) : null;
    at(arrivedAt + latencyMs, () => {
      const [status, result] = library.respond(url, body, arrivals);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    size: () => library.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs an action at a time of `performance.now()`. A timer alone is up to 1.5 milliseconds late. */
function at(time: number, action: () => void): void {
  const remainingMs = time - performance.now();
  if (remainingMs <= 0) action();
  else if (remainingMs < 1.5) setImmediate(at, time, action);
  else setTimeout(at, remainingMs - 1.5, time, action);
}

/** Prompts, oldest first. */
class Library {
  readonly #prompts: Prompt[] = [];
  readonly #byId = new Map<string, Prompt>();
  readonly #names = new Set<string>();

  get size(): number {
    return this.#prompts.length;
  }

  add(fields: Record<string, unknown> & { name: string }): Prompt {
    const id = randomUUID();
    const prompt: Prompt = { ...fields, id, slug: `pp-${id.slice(0, 8)}`, ...fixedFields(id) };
    this.#prompts.push(prompt);
    this.#byId.set(id, prompt);
    this.#names.add(prompt.name);
    return prompt;
  }

  respond(url: URL, body: string | null, arrivals: Arrivals): [status: number, result: unknown] {
    if (body !== null) {
      arrivals.creates += 1;
      return this.#create(body);
    }
    if (url.pathname === '/prompts') {
      arrivals.lists += 1;
      return [200, this.#page(url.searchParams)];
    }
    arrivals.reads += 1;
    const prompt = this.#byId.get(url.pathname.slice('/prompts/'.length));
    return prompt ? [200, prompt] : [404, failure('AB02', 'Prompt not found')];
  }

  #create(body: string): [status: number, result: unknown] {
    const fields = createBody.parse(JSON.parse(body));
    if (this.#names.has(fields.name)) return [409, failure('AB07', 'the name is taken')];
    const { id, slug } = this.add(fields);
    return [200, { id, slug, version_id: `${id}-1`, object: 'prompt' }];
  }

  /** Builds a page, newest first. */
  #page(query: URLSearchParams): unknown {
    const pageSize = Number(query.get('page_size') ?? 20);
    const end = this.size - Number(query.get('current_page') ?? 0) * pageSize;
    const page = this.#prompts.slice(Math.max(0, end - pageSize), Math.max(0, end)).reverse();
    return { object: 'list', total: this.size, data: page.map(summary) };
  }
}

function failure(errorCode: string, message: string) {
  return { success: false, data: { message, errorCode } };
}

function sourceFields(n: number) {
  return {
    name: `prompt ${n}`,
    collection_id: 'general',
    string: TEMPLATE,
    parameters: { model: 'gpt-4o', temperature: 0.2, max_tokens: 1024 },
    model: 'gpt-4o',
    virtual_key: 'openai-prod',
    template_metadata: { ticket: n },
  };
}

function fixedFields(id: string) {
  return {
    status: 'active',
    created_at: CREATED_AT,
    last_updated_at: CREATED_AT,
    prompt_version: 1,
    prompt_version_id: `${id}-1`,
    prompt_version_status: 'active',
  };
}

function summary({ id, slug, name, model, collection_id, status, created_at, last_updated_at }: Prompt) {
  return { id, slug, name, model, collection_id, status, created_at, last_updated_at, object: 'prompt' };
}
