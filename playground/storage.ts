import type { Storage as GraphiQLStorage } from '@graphiql/toolkit';
import type { PageStorage } from './browser-storage.js';

const PREFIX = 'graphiql:';
/** Entries that contain headers. */
const WITH_HEADERS = ['queries', 'favorites', 'tabState'].map((name) => PREFIX + name);
/**
 * Entries that are not saved: the headers, and the active tab, which GraphiQL also saves separately at another time. If the
 * two differ, a reload would open an additional tab.
 */
const DROPPED = ['headers', 'query', 'variables'].map((name) => PREFIX + name);

export interface TabTexts {
  readonly query: string;
  readonly variables: string;
}

/**
 * Creates the storage of GraphiQL's tabs and history in this browser, without the headers, which may contain keys. GraphiQL
 * itself removes headers from tabs but not from the history.
 * @param onClear Runs when the user clears the storage.
 */
export function storageWithoutHeaders(local: PageStorage, onClear: () => void): GraphiQLStorage {
  const names = () =>
    Array.from({ length: local.length }, (_, index) => local.key(index) ?? '').filter((name) =>
      name.startsWith(PREFIX),
    );
  return {
    get length() {
      return names().length;
    },
    getItem: (name) => local.getItem(name),
    setItem: (name, value) => {
      if (!DROPPED.includes(name))
        local.setItem(name, WITH_HEADERS.includes(name) ? withoutHeaders(value) : value);
    },
    removeItem: (name) => local.removeItem(name),
    clear: () => {
      for (const name of names()) local.removeItem(name);
      onClear();
    },
  };
}

/**
 * Returns the initial contents of the editors: those of the last active tab, or of the first example on a first visit.
 * GraphiQL would omit the variables of an example.
 */
export function firstTexts(local: PageStorage, first: TabTexts): TabTexts {
  try {
    const saved: { tabs: TabTexts[]; activeTabIndex: number } = JSON.parse(
      local.getItem(`${PREFIX}tabState`) ?? '',
    );
    const { query, variables } = saved.tabs[saved.activeTabIndex] ?? first;
    return { query: query ?? '', variables: variables ?? '' };
  } catch {
    return first;
  }
}

/** Removes headers from saved JSON. */
function withoutHeaders(saved: string): string {
  return JSON.stringify(JSON.parse(saved), (key, value: unknown) => (key === 'headers' ? null : value));
}
