import { expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { documentCache, MAX_DOCUMENT_BYTES } from '../../src/graphql/document-cache.js';

it('the cache of documents keeps the newest ones, up to its bytes', async () => {
  const cache = documentCache();
  const fields = Array.from({ length: 40 }, (_, n) => `field${n}`).join(' ');
  for (let n = 0; n < 2_000; n += 1) await cache.set(String(n), parse(`query Q${n} { ${fields} }`));
  const kept = await Promise.all(cache.keys().map((key) => cache.get(key)));
  const bytes = kept.reduce((total, document) => total + Buffer.byteLength(JSON.stringify(document)), 0);
  expect(bytes).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(bytes).toBeGreaterThan(MAX_DOCUMENT_BYTES * 0.9);
  expect(await cache.get('1999')).toBeDefined();
  expect(await cache.get('0')).toBeUndefined();
});
