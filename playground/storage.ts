import type { Storage as GraphiQLStorage } from '@graphiql/toolkit';
import type { PageStorage } from './browser-storage.js';

const PREFIX = 'graphiql:';
/** Where headers stand among other things. */
const WITH_HEADERS = ['queries', 'favorites', 'tabState'].map((name) => PREFIX + name);
/**
 * Not kept: the headers; and the texts of the tab that is looked at, which GraphiQL keeps beside its tabs as well, at
 * another time. When they differ it takes them for a tab of their own, so that a reload makes one more.
 */
const DROPPED = ['headers', 'query', 'variables'].map((name) => PREFIX + name);

export interface TabTexts {
  readonly query: string;
  readonly variables: string;
}

/**
 * Where GraphiQL keeps tabs and history: in this browser, but never what stands in the headers editor, as that may be a key.
 * (GraphiQL leaves headers out of its tabs by itself, not out of its history.)
 * @param onClear Called when the person clears all that is kept.
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
 * The texts with which GraphiQL begins: those of the tab that was looked at last, and at a first visit those of the first
 * ready-made tab, whose variables it would leave out.
 */
export function firstTexts(local: PageStorage, first: TabTexts): TabTexts {
  try {
    const kept: { tabs: TabTexts[]; activeTabIndex: number } = JSON.parse(
      local.getItem(`${PREFIX}tabState`) ?? '',
    );
    const { query, variables } = kept.tabs[kept.activeTabIndex] ?? first;
    return { query: query ?? '', variables: variables ?? '' };
  } catch {
    return first;
  }
}

/** @param kept JSON. */
function withoutHeaders(kept: string): string {
  return JSON.stringify(JSON.parse(kept), (key, value: unknown) => (key === 'headers' ? null : value));
}
