import { setTimeout as sleep } from 'node:timers/promises';

/** Longest delay of a Node.js timer, in milliseconds (24.8 days). A timer with a longer one would fire immediately. */
const LONGEST_MS = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(Math.min(ms, LONGEST_MS), undefined, signal && { signal }).catch(() => {});
}

/** Waits until a promise settles, `ms` milliseconds have passed or `signal` is aborted. Rejects only if the promise does. */
export async function waitAtMost(promise: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const end = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal;
  try {
    await Promise.race([promise, pause(ms, end)]);
  } finally {
    timer.abort();
  }
}
