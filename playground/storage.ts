import type { Storage as GraphiQLStorage } from '@graphiql/toolkit';
import type { PageStorage } from './browser-storage.js';

const PREFIX = 'graphiql:';

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
      if (name !== `${PREFIX}headers`) local.setItem(name, withoutHeaders(value));
    },
    removeItem: (name) => local.removeItem(name),
    clear: () => {
      for (const name of names()) local.removeItem(name);
      onClear();
    },
  };
}

/** @param kept A text, which may be the JSON of tabs or of past operations. */
function withoutHeaders(kept: string): string {
  if (!kept.startsWith('{')) return kept;
  try {
    return JSON.stringify(JSON.parse(kept), (key, value: unknown) => (key === 'headers' ? null : value));
  } catch {
    return kept;
  }
}
