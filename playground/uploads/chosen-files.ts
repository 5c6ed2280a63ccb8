import type { SlotFiles } from './multipart.js';

const NONE: SlotFiles = new Map();

/**
 * Chosen files of each tab. They last as long as the page, because a page cannot save them by name. For React's
 * `useSyncExternalStore`, `get` returns the same object until the tab's files change.
 */
export class ChosenFiles {
  readonly #tabs = new Map<string, SlotFiles>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(tabId: string): SlotFiles {
    return this.#tabs.get(tabId) ?? NONE;
  }

  /** Returns true if the tab ever had files, even if they were removed. */
  has(tabId: string): boolean {
    return this.#tabs.has(tabId);
  }

  /** Replaces the files of one slot. An empty list clears it. */
  set(tabId: string, slotKey: string, files: readonly File[]): void {
    const changed = new Map(this.get(tabId));
    if (files.length > 0) changed.set(slotKey, files);
    else changed.delete(slotKey);
    this.#tabs.set(tabId, changed);
    for (const listener of this.#listeners) listener();
  }

  /** Removes the files of closed tabs. */
  keepOnly(tabIds: readonly string[]): void {
    for (const tabId of this.#tabs.keys()) if (!tabIds.includes(tabId)) this.#tabs.delete(tabId);
  }
}
