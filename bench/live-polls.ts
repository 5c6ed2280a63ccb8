import type { RecordedRequest, Sandbox } from '../src/sandbox/index.js';

/** Page size of the list. */
const PAGE = 120;
/** First id, far from the ids of the sandbox. */
const FAR_ID = 50_000_000;

/** Requests to Astria during a period. */
export interface Polls {
  readonly requests: readonly RecordedRequest[];
  readonly ms: number;
}

/** Does some work. @returns The requests to Astria during the work, and the result of the work. */
export async function counted<T>(sandbox: Sandbox, work: () => Promise<T>): Promise<[Polls, T]> {
  sandbox.clearRequests();
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  return [{ requests: sandbox.requests({ upstream: 'astria', method: 'GET' }), ms }, result];
}

/** Returns the times of the single reads by prompt, and of the list reads by their first prompt. */
export function timesOf({ requests }: Polls) {
  const singles = new Map<string, number[]>();
  const lists = new Map<string, number[]>();
  for (const { path, query, at: time } of requests) {
    const [, single] = /^\/prompts\/(\d+)\.json$/.exec(path) ?? [];
    const id = single ?? String(Number(query.before_id ?? 0) - 1);
    const times = single === undefined ? lists : singles;
    times.set(id, [...(times.get(id) ?? []), time]);
  }
  return { singles, lists };
}

/** Adds prompts so far apart that no page of the list has two of them, so that each poll belongs to one prompt. */
export function addFarApart({ astria }: Sandbox, count: number): { ids: string[]; remove: () => void } {
  const all = Array.from({ length: count * (PAGE + 1) }, (_, n) => FAR_ID + n);
  for (const id of all) astria.addPrompt({ id, images: null, callback: null });
  const ids = all.filter((_, n) => n % (PAGE + 1) === 0).map(String);
  const remove = () => {
    for (const id of all) astria.deletePrompt(id);
  };
  return { ids, remove };
}
