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

describe('keys of the page', () => {
  it('the keys of the page last for the session unless the user wants them remembered', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const store = new KeyStore(session, lasting);
    store.save(KEYS, false);
    expect([session.length, lasting.length]).toEqual([1, 0]);
    expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(NO_KEYS);
    store.save(KEYS, true);
    expect([session.length, lasting.length]).toEqual([0, 1]);
    const later = new KeyStore(pageStorage(), lasting);
    expect([later.current(), later.isRemembered()]).toEqual([KEYS, true]);
  });

  it('the keys of the page leave nothing in lasting storage once they are no longer remembered', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const store = new KeyStore(session, lasting);
    store.save(KEYS, true);
    store.save(KEYS, false);
    expect([session.length, lasting.length]).toEqual([1, 0]);
    store.forget();
    expect([session.length, lasting.length, store.current()]).toEqual([0, 0, NO_KEYS]);
    store.save(NO_KEYS, true);
    expect(lasting.length).toBe(0);
  });

  it('the keys of the page notify a subscriber until it unsubscribes', () => {
    const store = new KeyStore(pageStorage(), pageStorage());
    const heard: string[] = [];
    const end = store.subscribe(() => heard.push(store.current().token));
    store.save(KEYS, false);
    end();
    store.forget();
    expect(heard).toEqual(['pg_abc']);
  });

  it('the keys of the page last as long as the page when the browser blocks storage', () => {
    for (const remember of [true, false]) {
      const store = new KeyStore(REFUSING, REFUSING);
      expect(store.save(KEYS, remember)).toBe(false);
      expect([store.current(), store.isRemembered()]).toEqual([KEYS, false]);
      store.forget();
      expect(store.current()).toEqual(NO_KEYS);
    }
  });

  it('the keys of the page stay in the session, and report it, when lasting storage is full', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).save(KEYS, false)).toBe(true);
    const store = new KeyStore(session, full(lasting));
    expect(store.save(KEYS, true)).toBe(false);
    expect(store.isRemembered()).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    expect(store.save(KEYS, false)).toBe(true);
  });

  it('the keys of the page replace remembered keys even when lasting storage is full', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).save(KEYS, true)).toBe(true);
    expect(new KeyStore(session, full(lasting)).save(OTHERS, true)).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(OTHERS);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(NO_KEYS);
  });

  it('the keys of the page come from the session before lasting storage', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const page = new KeyStore(session, lasting);
    page.save(KEYS, false);
    const other = new KeyStore(pageStorage(), lasting);
    other.save(OTHERS, true);
    page.reload();
    expect(page.current()).toEqual(KEYS);
    const reloaded = new KeyStore(session, lasting);
    expect([reloaded.current(), reloaded.isRemembered()]).toEqual([KEYS, false]);
    // Lasting storage keeps the other keys for other pages.
    expect(reloaded.save({ ...KEYS, astria: '' }, false)).toBe(true);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(OTHERS);
  });

  it('the keys of the page follow the keys that another page remembers or forgets', () => {
    const lasting = pageStorage();
    const [page, other] = [new KeyStore(pageStorage(), lasting), new KeyStore(pageStorage(), lasting)];
    for (const keys of [KEYS, OTHERS]) {
      other.save(keys, true);
      page.reload();
      expect([page.current(), page.isRemembered()]).toEqual([keys, true]);
    }
    other.forget();
    page.reload();
    expect([page.current(), page.isRemembered()]).toEqual([NO_KEYS, false]);
  });

  it.each(['{', 'null', '[]', '"x"', '{"token":7}', '{"token":"a b","astria":{},"portkey":"\\n"}'])(
    'the keys of the page are empty when the storage contains %s',
    (kept) => {
      const session = pageStorage();
      session.setItem('promptgate:keys', kept);
      const lasting = pageStorage();
      expect(new KeyStore(session, lasting).current()).toEqual(NO_KEYS);
      new KeyStore(pageStorage(), lasting).save(KEYS, true);
      expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    },
  );

  it('the keys of the page become request headers unless they are empty', () => {
    expect(headersOf(KEYS)).toEqual({ authorization: 'Bearer pg_abc', 'x-astria-api-key': 'sd_1' });
    expect(headersOf({ ...NO_KEYS, portkey: 'pk' })).toEqual({ 'x-portkey-api-key': 'pk' });
  });

  it('the keys of the page may only contain characters that a header allows', () => {
    for (const key of ['', 'pg_a-B.c~', '!"#']) expect([key, canBeKey(key)]).toEqual([key, true]);
    for (const key of ['a b', 'a\n', 'é', '\u007f', 'a\u0000'])
      expect([key, canBeKey(key)]).toEqual([key, false]);
  });
});
