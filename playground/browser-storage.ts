/** Part of the browser's Storage that this page uses. */
export interface PageStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/**
 * Returns the browser's storage, or one that lasts as long as the page. Access to the browser's storage throws if it is
 * blocked.
 */
export function storageOf(browsers: () => PageStorage): PageStorage {
  try {
    return browsers();
  } catch {
    return pageStorage();
  }
}

/** Creates a storage that lasts as long as the page. */
export function pageStorage(): PageStorage {
  const entries = new Map<string, string>();
  return {
    get length() {
      return entries.size;
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem: (name) => entries.get(name) ?? null,
    setItem: (name, value) => void entries.set(name, value),
    removeItem: (name) => void entries.delete(name),
  };
}
