import { describe, expect, it } from '@jest/globals';
import { type PageStorage, pageStorage } from '../../playground/browser-storage.js';
import { canBeKey, headersOf, KeyStore, NO_KEYS } from '../../playground/keys/keys.js';

const KEYS = { token: 'pg_abc', astria: 'sd_1', portkey: '' };

function refuse(): never {
  throw new Error('The browser blocks storage.');
}
const REFUSING = { ...pageStorage(), getItem: refuse, setItem: refuse, removeItem: refuse };
const OTHERS = { token: '', astria: '', portkey: 'pk_2' };

/** Storage without any space left. */
const full = (storage: PageStorage) => ({ ...storage, setItem: refuse });

describe('the keys of the page', () => {
  it('last for the session unless the user wants them remembered', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const store = new KeyStore(session, lasting);
    store.keep(KEYS, false);
    expect([session.length, lasting.length]).toEqual([1, 0]);
    expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(NO_KEYS);
    store.keep(KEYS, true);
    expect([session.length, lasting.length]).toEqual([0, 1]);
    const later = new KeyStore(pageStorage(), lasting);
    expect([later.current(), later.isRemembered()]).toEqual([KEYS, true]);
  });

  it('leave nothing in lasting storage once they are no longer remembered', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const store = new KeyStore(session, lasting);
    store.keep(KEYS, true);
    store.keep(KEYS, false);
    expect([session.length, lasting.length]).toEqual([1, 0]);
    store.forget();
    expect([session.length, lasting.length, store.current()]).toEqual([0, 0, NO_KEYS]);
    store.keep(NO_KEYS, true);
    expect(lasting.length).toBe(0);
  });

  it('notify a subscriber until it unsubscribes', () => {
    const store = new KeyStore(pageStorage(), pageStorage());
    const heard: string[] = [];
    const end = store.subscribe(() => heard.push(store.current().token));
    store.keep(KEYS, false);
    end();
    store.forget();
    expect(heard).toEqual(['pg_abc']);
  });

  it('last as long as the page when the browser blocks storage', () => {
    for (const remember of [true, false]) {
      const store = new KeyStore(REFUSING, REFUSING);
      expect(store.keep(KEYS, remember)).toBe(false);
      expect([store.current(), store.isRemembered()]).toEqual([KEYS, false]);
      store.forget();
      expect(store.current()).toEqual(NO_KEYS);
    }
  });

  it('stay in the session, and report it, when lasting storage is full', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).keep(KEYS, false)).toBe(true);
    const store = new KeyStore(session, full(lasting));
    expect(store.keep(KEYS, true)).toBe(false);
    expect(store.isRemembered()).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    expect(store.keep(KEYS, false)).toBe(true);
  });

  it('replace remembered keys even when lasting storage is full', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).keep(KEYS, true)).toBe(true);
    expect(new KeyStore(session, full(lasting)).keep(OTHERS, true)).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(OTHERS);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(NO_KEYS);
  });

  it('come from the session before lasting storage', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const page = new KeyStore(session, lasting);
    page.keep(KEYS, false);
    const other = new KeyStore(pageStorage(), lasting);
    other.keep(OTHERS, true);
    page.lookAgain();
    expect(page.current()).toEqual(KEYS);
    const reloaded = new KeyStore(session, lasting);
    expect([reloaded.current(), reloaded.isRemembered()]).toEqual([KEYS, false]);
    // Lasting storage keeps the other keys for other pages.
    expect(reloaded.keep({ ...KEYS, astria: '' }, false)).toBe(true);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(OTHERS);
  });

  it('follow the keys that another page remembers or forgets', () => {
    const lasting = pageStorage();
    const [page, other] = [new KeyStore(pageStorage(), lasting), new KeyStore(pageStorage(), lasting)];
    for (const keys of [KEYS, OTHERS]) {
      other.keep(keys, true);
      page.lookAgain();
      expect([page.current(), page.isRemembered()]).toEqual([keys, true]);
    }
    other.forget();
    page.lookAgain();
    expect([page.current(), page.isRemembered()]).toEqual([NO_KEYS, false]);
  });

  it.each(['{', 'null', '[]', '"x"', '{"token":7}', '{"token":"a b","astria":{},"portkey":"\\n"}'])(
    'are empty when the storage contains %s',
    (kept) => {
      const session = pageStorage();
      session.setItem('promptgate:keys', kept);
      const lasting = pageStorage();
      expect(new KeyStore(session, lasting).current()).toEqual(NO_KEYS);
      new KeyStore(pageStorage(), lasting).keep(KEYS, true);
      expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    },
  );

  it('become request headers unless they are empty', () => {
    expect(headersOf(KEYS)).toEqual({ authorization: 'Bearer pg_abc', 'x-astria-api-key': 'sd_1' });
    expect(headersOf({ ...NO_KEYS, portkey: 'pk' })).toEqual({ 'x-portkey-api-key': 'pk' });
  });

  it('may only contain characters that a header allows', () => {
    for (const key of ['', 'pg_a-B.c~', '!"#']) expect([key, canBeKey(key)]).toEqual([key, true]);
    for (const key of ['a b', 'a\n', 'é', '\u007f', 'a\u0000'])
      expect([key, canBeKey(key)]).toEqual([key, false]);
  });
});
