import type { SlotFiles } from './multipart.js';

const NONE: SlotFiles = new Map();

/**
 * The files that are chosen in each tab. They are gone with the page: a browser gives a page no way to keep them by name.
 * For React's `useSyncExternalStore`: what `get` returns stays the same until the tab's files change.
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

  /** Whether files were ever put there, also where they were taken away again. */
  has(tabId: string): boolean {
    return this.#tabs.has(tabId);
  }

  /** Replaces the files of one slot; none empties it. */
  set(tabId: string, slotKey: string, files: readonly File[]): void {
    const changed = new Map(this.get(tabId));
    if (files.length > 0) changed.set(slotKey, files);
    else changed.delete(slotKey);
    this.#tabs.set(tabId, changed);
    for (const listener of this.#listeners) listener();
  }

  /** Forgets the files of tabs that are closed. */
  keepOnly(tabIds: readonly string[]): void {
    for (const tabId of this.#tabs.keys()) if (!tabIds.includes(tabId)) this.#tabs.delete(tabId);
  }
}
