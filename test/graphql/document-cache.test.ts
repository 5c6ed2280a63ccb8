import { expect, it } from '@jest/globals';
import { type DocumentNode, parse } from 'graphql';
import { documentCache, MAX_DOCUMENT_BYTES } from '../../src/graphql/document-cache.js';

type Cache = ReturnType<typeof documentCache>;

/** Fills a cache with documents; number n comes from `documentOf(n)`. */
async function filled(count: number, documentOf: (n: number) => string): Promise<Cache> {
  const cache = documentCache();
  for (let n = 0; n < count; n += 1) await cache.set(String(n), parse(documentOf(n)));
  return cache;
}

async function keptIn(cache: Cache): Promise<DocumentNode[]> {
  const documents = await Promise.all(cache.keys().map((key) => cache.get(key)));
  return documents.filter((document) => document !== undefined);
}

it('the document cache keeps the newest documents, up to its capacity', async () => {
  const fields = Array.from({ length: 40 }, (_, n) => `field${n}`).join(' ');
  const cache = await filled(2_000, (n) => `query Q${n} { ${fields} }`);
  const json = (await keptIn(cache)).reduce((total, document) => total + JSON.stringify(document).length, 0);
  // The source is a small part of these documents.
  expect(json * 5).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(json * 5).toBeGreaterThan(MAX_DOCUMENT_BYTES * 0.9);
  expect(await cache.get('1999')).toBeDefined();
  expect(await cache.get('0')).toBeUndefined();
});

it.each([
  ['long comments', `#${'c'.repeat(300_000)}`],
  ['spaces', ' '.repeat(300_000)],
])('the document cache evicts documents with %s by their source', async (_name, padding) => {
  const cache = await filled(60, (n) => `{ a${n}: __typename }${padding}`);
  const kept = await keptIn(cache);
  const characters = kept.reduce((total, { loc }) => total + (loc?.source.body.length ?? 0), 0);
  expect(characters * 2).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(characters * 2).toBeGreaterThan(MAX_DOCUMENT_BYTES * 0.9);
  expect(await cache.get('59')).toBeDefined();
  expect(await cache.get('0')).toBeUndefined();
});

it('the document cache evicts documents with many comments by the number of comments', async () => {
  const comments = 10_000;
  const cache = await filled(60, (n) => `{ a${n}: __typename }${'#\n'.repeat(comments)}`);
  const kept = await keptIn(cache);
  // A token takes at least 60 bytes.
  expect(kept.length * comments * 60).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(await cache.get('59')).toBeDefined();
});
