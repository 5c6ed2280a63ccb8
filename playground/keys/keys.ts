import type { PageStorage } from '../browser-storage.js';

/** Gateway token and upstream keys of the user. An empty string means no key. */
export interface Keys {
  readonly token: string;
  readonly astria: string;
  readonly portkey: string;
}

export const NO_KEYS: Keys = { token: '', astria: '', portkey: '' };

/** Name of the keys in a storage. */
export const KEYS_NAME = 'promptgate:keys';

/** Returns the request headers with the keys. */
export function headersOf({ token, astria, portkey }: Keys): Record<string, string> {
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(astria && { 'x-astria-api-key': astria }),
    ...(portkey && { 'x-portkey-api-key': portkey }),
  };
}

/** Returns true if a header can contain the key. Spaces and accented letters are not allowed. */
export const canBeKey = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

/**
 * Keys of this page, stored either for the tab or, if remembered, for all pages without keys for their tab. If the storage
 * fails, they last as long as the page.
 */
export class KeyStore {
  readonly #listeners = new Set<() => void>();
  #keys: Keys;
  #remembers: boolean;

  constructor(
    private readonly session: PageStorage,
    private readonly lasting: PageStorage,
  ) {
    const own = read(session);
    const remembered = read(lasting);
    this.#keys = own ?? remembered ?? NO_KEYS;
    this.#remembers = own === null && remembered !== null;
  }

  readonly current = (): Keys => this.#keys;

  /** Returns true if the keys are the remembered ones. */
  readonly isRemembered = (): boolean => this.#remembers;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Uses these keys from now on. Empty keys have the effect of `forget`.
   * @returns True if they are stored as requested. Otherwise they last as long as the tab.
   */
  save(keys: Keys, remember: boolean): boolean {
    if (isEmpty(keys)) {
      this.forget();
      return true;
    }
    const hadRemembered = this.#remembers;
    // Write the new keys before removing the old ones.
    const isRemembered = remember && write(this.lasting, keys);
    const isStored = isRemembered || write(this.session, keys);
    if (isRemembered) remove(this.session);
    else if (hadRemembered) remove(this.lasting);
    this.#use(keys, isRemembered);
    return isStored && isRemembered === remember;
  }

  /** Removes the keys from this page and from the browser. */
  forget(): void {
    remove(this.session);
    remove(this.lasting);
    this.#use(NO_KEYS, false);
  }

  /** Call when another page has changed the remembered keys. A page without session keys uses them. */
  readonly reload = (): void => {
    if (!this.#remembers && !isEmpty(this.#keys)) return;
    const remembered = read(this.lasting);
    this.#use(remembered ?? NO_KEYS, remembered !== null);
  };

  #use(keys: Keys, remembers: boolean): void {
    this.#keys = keys;
    this.#remembers = remembers;
    for (const listener of this.#listeners) listener();
  }
}

const isEmpty = (keys: Keys): boolean => Object.values(keys).every((key) => key === '');

/** @returns The stored keys, or null. */
function read(storage: PageStorage): Keys | null {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEYS_NAME) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return null;
    const text = (name: string) => {
      const value: unknown = Reflect.get(stored, name);
      return typeof value === 'string' && canBeKey(value) ? value : '';
    };
    const keys = { token: text('token'), astria: text('astria'), portkey: text('portkey') };
    return isEmpty(keys) ? null : keys;
  } catch {
    return null;
  }
}

/** @returns False if the storage is full or blocked. */
function write(storage: PageStorage, keys: Keys): boolean {
  try {
    storage.setItem(KEYS_NAME, JSON.stringify(keys));
    return true;
  } catch {
    return false;
  }
}

function remove(storage: PageStorage): void {
  try {
    storage.removeItem(KEYS_NAME);
  } catch {
    // A blocked storage contains no keys.
  }
}
