import { describe, expect, it } from '@jest/globals';
import { type PageStorage, pageStorage } from '../../playground/browser-storage.js';
import { canBeKey, headersOf, KeyStore, NO_KEYS } from '../../playground/keys/keys.js';

const KEYS = { token: 'pg_abc', astria: 'sd_1', portkey: '' };

function refuse(): never {
  throw new Error('the browser keeps nothing');
}
const REFUSING = { ...pageStorage(), getItem: refuse, setItem: refuse, removeItem: refuse };
const OTHERS = { token: '', astria: '', portkey: 'pk_2' };

/** Takes nothing more. */
const full = (storage: PageStorage) => ({ ...storage, setItem: refuse });

describe('the keys of the page', () => {
  it('are kept for the session alone, unless they are to be remembered', () => {
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

  it('leave nothing behind when they are no longer to be remembered, or forgotten', () => {
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

  it('are told to who listens, until that ends', () => {
    const store = new KeyStore(pageStorage(), pageStorage());
    const heard: string[] = [];
    const end = store.subscribe(() => heard.push(store.current().token));
    store.keep(KEYS, false);
    end();
    store.forget();
    expect(heard).toEqual(['pg_abc']);
  });

  it('live as long as the page where the browser keeps nothing', () => {
    for (const remember of [true, false]) {
      const store = new KeyStore(REFUSING, REFUSING);
      expect(store.keep(KEYS, remember)).toBe(false);
      expect([store.current(), store.isRemembered()]).toEqual([KEYS, false]);
      store.forget();
      expect(store.current()).toEqual(NO_KEYS);
    }
  });

  it('stay in the session where the browser has no room to remember them, which is told', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).keep(KEYS, false)).toBe(true);
    const store = new KeyStore(session, full(lasting));
    expect(store.keep(KEYS, true)).toBe(false);
    expect(store.isRemembered()).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    expect(store.keep(KEYS, false)).toBe(true);
  });

  it('are not the former ones at the next visit where these could not be remembered', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    expect(new KeyStore(session, lasting).keep(KEYS, true)).toBe(true);
    expect(new KeyStore(session, full(lasting)).keep(OTHERS, true)).toBe(false);
    expect(new KeyStore(session, lasting).current()).toEqual(OTHERS);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(NO_KEYS);
  });

  it('are those of the page rather than those that the browser remembers', () => {
    const [session, lasting] = [pageStorage(), pageStorage()];
    const page = new KeyStore(session, lasting);
    page.keep(KEYS, false);
    const other = new KeyStore(pageStorage(), lasting);
    other.keep(OTHERS, true);
    page.lookAgain();
    expect(page.current()).toEqual(KEYS);
    const reloaded = new KeyStore(session, lasting);
    expect([reloaded.current(), reloaded.isRemembered()]).toEqual([KEYS, false]);
    // They go on being remembered for the others.
    expect(reloaded.keep({ ...KEYS, astria: '' }, false)).toBe(true);
    expect(new KeyStore(pageStorage(), lasting).current()).toEqual(OTHERS);
  });

  it('follow what another page has the browser remember, and forget with it', () => {
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
    'are none where what is kept is %s',
    (kept) => {
      const session = pageStorage();
      session.setItem('promptgate:keys', kept);
      const lasting = pageStorage();
      expect(new KeyStore(session, lasting).current()).toEqual(NO_KEYS);
      new KeyStore(pageStorage(), lasting).keep(KEYS, true);
      expect(new KeyStore(session, lasting).current()).toEqual(KEYS);
    },
  );

  it('become the headers of the gateway; those that are empty become none', () => {
    expect(headersOf(KEYS)).toEqual({ authorization: 'Bearer pg_abc', 'x-astria-api-key': 'sd_1' });
    expect(headersOf({ ...NO_KEYS, portkey: 'pk' })).toEqual({ 'x-portkey-api-key': 'pk' });
  });

  it('can only be what a header takes', () => {
    for (const key of ['', 'pg_a-B.c~', '!"#']) expect([key, canBeKey(key)]).toEqual([key, true]);
    for (const key of ['a b', 'a\n', 'é', '\u007f', 'a\u0000'])
      expect([key, canBeKey(key)]).toEqual([key, false]);
  });
});
