import type { PageStorage } from '../browser-storage.js';

/** What a person gives to get in: the gateway's token and keys of its own for the upstreams; empty: none. */
export interface Keys {
  readonly token: string;
  readonly astria: string;
  readonly portkey: string;
}

export const NO_KEYS: Keys = { token: '', astria: '', portkey: '' };

/** Under which name a storage has them. */
export const KEYS_NAME = 'promptgate:keys';

/** The headers that carry them. */
export function headersOf({ token, astria, portkey }: Keys): Record<string, string> {
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(astria && { 'x-astria-api-key': astria }),
    ...(portkey && { 'x-portkey-api-key': portkey }),
  };
}

/** Whether it can stand in a header, where a blank or a letter with an accent cannot. */
export const canBeKey = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

/**
 * The keys of this page: its own, which are kept for as long as its tab is open, or those that the person had this browser
 * remember, which all pages without own ones share. A page keeps what it is given in one of the two places, and nowhere else;
 * where neither takes it, until the page is left.
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

  /** Whether its keys are those that the browser remembers. */
  readonly isRemembered = (): boolean => this.#remembers;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Uses these from now on, wherever they can be kept. Empty ones are none: see `forget`.
   * @returns Whether they are kept as asked; those that cannot be remembered stay for as long as the tab is open.
   */
  keep(keys: Keys, remember: boolean): boolean {
    if (isEmpty(keys)) {
      this.forget();
      return true;
    }
    const hadRemembered = this.#remembers;
    // Written first, taken away from elsewhere after that.
    const isRemembered = remember && write(this.lasting, keys);
    const isKept = isRemembered || write(this.session, keys);
    if (isRemembered) remove(this.session);
    else if (hadRemembered) remove(this.lasting);
    this.#use(keys, isRemembered);
    return isKept && isRemembered === remember;
  }

  /** Takes them out of this page, and out of the browser as well. */
  forget(): void {
    remove(this.session);
    remove(this.lasting);
    this.#use(NO_KEYS, false);
  }

  /** To be called when another page has changed what the browser remembers: a page without own keys follows it. */
  readonly lookAgain = (): void => {
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

/** @returns Null where there are none. */
function read(storage: PageStorage): Keys | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEYS_NAME) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    const text = (name: string) => {
      const value: unknown = Reflect.get(kept, name);
      return typeof value === 'string' && canBeKey(value) ? value : '';
    };
    const keys = { token: text('token'), astria: text('astria'), portkey: text('portkey') };
    return isEmpty(keys) ? null : keys;
  } catch {
    return null;
  }
}

/** @returns Whether it could be written: a storage may be full, or closed to the page. */
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
    // What is closed to the page has nothing of it.
  }
}
