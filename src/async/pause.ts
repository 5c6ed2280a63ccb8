import { setTimeout as sleep } from 'node:timers/promises';

/** Longest delay of a timer of Node.js, in milliseconds (24.8 days). A longer one would fire immediately. */
const LONGEST_MS = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(Math.min(ms, LONGEST_MS), undefined, signal && { signal }).catch(() => {});
}
