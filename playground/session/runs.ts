import type { Run } from '../gateway/run.js';

/** Last run of each tab, for React's `useSyncExternalStore`. */
export class Runs {
  readonly #tabs = new Map<string, Run>();
  readonly #listeners = new Set<() => void>();
  #lastId = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  of(tabId: string): Run | null {
    return this.#tabs.get(tabId) ?? null;
  }

  /** Replaces the tab's last run. @returns A function that receives each response. */
  begin(tabId: string, request: Omit<Run, 'id' | 'result'>): (result: NonNullable<Run['result']>) => void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#put(tabId, { ...request, id, result: null });
    return (result) => {
      if (this.#tabs.get(tabId)?.id === id) this.#put(tabId, { ...request, id, result });
    };
  }

  /** Removes the runs of closed tabs. */
  keepOnly(tabIds: readonly string[]): void {
    for (const tabId of this.#tabs.keys()) if (!tabIds.includes(tabId)) this.#tabs.delete(tabId);
  }

  #put(tabId: string, run: Run): void {
    this.#tabs.set(tabId, run);
    for (const listener of this.#listeners) listener();
  }
}
