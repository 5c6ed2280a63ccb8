import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 50;

/**
 * Waits for something to end, in this process or in another one, but no longer than `ms` and not beyond the signal.
 * @param ending Resolves at the end; or tells whether it is still to come.
 */
export async function waitFor(
  ending: Promise<void> | (() => Promise<boolean>),
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  if (ms === 0 || signal.aborted) return;
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const timer = pause(ms, undefined, { signal: either }).catch(() => {});
  const end = typeof ending === 'function' ? poll(ending, either) : ending;
  await Promise.race([end, timer]);
  enough.abort();
}

async function poll(isOpen: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isOpen())) await pause(LOOK_MS, undefined, { signal }).catch(() => {});
}
