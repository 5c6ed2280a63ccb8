import { describe, expect, it } from '@jest/globals';
import { pageStorage } from '../../playground/browser-storage.js';
import { canBeKey, headersOf, KeyStore, NO_KEYS } from '../../playground/keys/keys.js';

const KEYS = { token: 'pg_abc', astria: 'sd_1', portkey: '' };

function refuse(): never {
  throw new Error('the browser keeps nothing');
}
const REFUSING = { ...pageStorage(), getItem: refuse, setItem: refuse, removeItem: refuse };

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
    const store = new KeyStore(REFUSING, REFUSING);
    store.keep(KEYS, true);
    expect(store.current()).toEqual(KEYS);
  });

  it.each(['{', 'null', '[]', '"x"', '{"token":7}', '{"token":"a b","astria":{},"portkey":"\\n"}'])(
    'are none where what is kept is %s',
    (kept) => {
      const session = pageStorage();
      session.setItem('promptgate:keys', kept);
      const store = new KeyStore(session, pageStorage());
      expect(store.current()).toEqual(NO_KEYS);
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
