/** What this page keeps things in; a part of the browser's Storage. */
export interface PageStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/**
 * The browser's storage, or one that lasts as long as the page: a browser that is to keep nothing throws when it is asked
 * for its own.
 */
export function storageOf(browsers: () => PageStorage): PageStorage {
  try {
    return browsers();
  } catch {
    return pageStorage();
  }
}

/** One that lasts as long as the page. */
export function pageStorage(): PageStorage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}
