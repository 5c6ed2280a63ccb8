import type { PageStorage } from '../browser-storage.js';

/** What a person gives to get in: the gateway's token and keys of its own for the upstreams; empty: none. */
export interface Keys {
  readonly token: string;
  readonly astria: string;
  readonly portkey: string;
}

export const NO_KEYS: Keys = { token: '', astria: '', portkey: '' };

const NAME = 'promptgate:keys';

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
 * The keys of this page. They are kept for as long as its tab is open, or, where the person says "remember", in this
 * browser; nowhere else, and never in both.
 */
export class KeyStore {
  readonly #listeners = new Set<() => void>();
  #keys: Keys;
  #remembers: boolean;

  constructor(
    private readonly session: PageStorage,
    private readonly lasting: PageStorage,
  ) {
    const remembered = read(lasting);
    this.#remembers = remembered !== null;
    this.#keys = remembered ?? read(session) ?? NO_KEYS;
  }

  readonly current = (): Keys => this.#keys;

  readonly isRemembered = (): boolean => this.#remembers;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  keep(keys: Keys, remember: boolean): void {
    this.#keys = keys;
    this.#remembers = remember;
    const isEmpty = Object.values(keys).every((key) => key === '');
    write(this.session, remember || isEmpty ? null : keys);
    write(this.lasting, remember && !isEmpty ? keys : null);
    for (const listener of this.#listeners) listener();
  }

  forget(): void {
    this.keep(NO_KEYS, false);
  }
}

function read(storage: PageStorage): Keys | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(NAME) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    const text = (name: string) => {
      const value: unknown = Reflect.get(kept, name);
      return typeof value === 'string' && canBeKey(value) ? value : '';
    };
    return { token: text('token'), astria: text('astria'), portkey: text('portkey') };
  } catch {
    return null;
  }
}

/** A browser without storage keeps them until the page is left. */
function write(storage: PageStorage, keys: Keys | null): void {
  try {
    if (keys === null) storage.removeItem(NAME);
    else storage.setItem(NAME, JSON.stringify(keys));
  } catch {
    // Nothing to be done about it.
  }
}
