import type { RecordedRequest, Sandbox } from '../src/sandbox/index.js';

/** As many as a page of the list has. */
const PAGE = 120;
/** From here on the ids are far from those that the sandbox gives. */
const FAR_ID = 50_000_000;

/** What Astria was asked for, and in how many milliseconds. */
export interface Polls {
  readonly requests: readonly RecordedRequest[];
  readonly ms: number;
}

/** Does some work. @returns What Astria was asked for meanwhile, and what the work came to. */
export async function counted<T>(sandbox: Sandbox, work: () => Promise<T>): Promise<[Polls, T]> {
  sandbox.clearRequests();
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  return [{ requests: sandbox.requests({ upstream: 'astria', method: 'GET' }), ms }, result];
}

/** The times of the single reads of each prompt, and of the lists by the prompt that they begin with. */
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

/** Adds prompts that are so far apart that no page of the list has two of them: each poll is seen to be of one prompt. */
export function addFarApart({ astria }: Sandbox, count: number): { ids: string[]; remove: () => void } {
  const all = Array.from({ length: count * (PAGE + 1) }, (_, n) => FAR_ID + n);
  for (const id of all) astria.addPrompt({ id, images: null, callback: null });
  const ids = all.filter((_, n) => n % (PAGE + 1) === 0).map(String);
  const remove = () => {
    for (const id of all) astria.deletePrompt(id);
  };
  return { ids, remove };
}
