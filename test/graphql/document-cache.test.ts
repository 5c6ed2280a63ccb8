import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { DocumentCache, MAX_DOCUMENT_BYTES, ParsedDocument } from '../../src/graphql/parsed-document.js';

const schema = buildSchema('type Query { a: Int }');

/** Fills a cache with the documents that `documentOf` returns. */
function fillCache(count: number, documentOf: (n: number) => string) {
  const cache = new DocumentCache();
  const sources = Array.from({ length: count }, (_, n) => documentOf(n));
  for (const source of sources) cache.add(new ParsedDocument(source, parse(source), schema));
  const find = (n: number) => cache.get(sources[n] ?? '');
  const kept = () => sources.map((source) => cache.get(source)).filter((document) => document !== undefined);
  return { cache, find, kept };
}

it('the document cache keeps the newest documents, up to its capacity', () => {
  const fields = Array.from({ length: 40 }, (_, n) => `field${n}`).join(' ');
  const { find, kept } = fillCache(2_000, (n) => `query Q${n} { ${fields} }`);
  const json = kept().reduce((total, { ast }) => total + JSON.stringify(ast).length, 0);
  // The source is a small part of these documents.
  expect(json * 5).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(json * 5).toBeGreaterThan(MAX_DOCUMENT_BYTES * 0.9);
  expect(find(1_999)).toBeDefined();
  expect(find(0)).toBeUndefined();
});

it('the document cache finds only the documents that it holds by their hash', () => {
  const hashOf = (n: number) =>
    createHash('sha256')
      .update(`{ a${n}: a }${' '.repeat(300_000)}`)
      .digest('hex');
  const { cache, find, kept } = fillCache(60, (n) => `{ a${n}: a }${' '.repeat(300_000)}`);
  for (const document of kept()) expect(cache.byHash(document.hash)).toBe(document);
  expect(cache.byHash(hashOf(59))).toBe(find(59));
  expect(cache.byHash(hashOf(0))).toBeUndefined();
  const [newest] = kept().slice(-1);
  if (newest) cache.add(newest);
  expect(cache.byHash(hashOf(59))).toBe(newest);
});

it.each([
  ['long comments', `#${'c'.repeat(300_000)}`],
  ['trailing spaces', ' '.repeat(300_000)],
])('the document cache evicts documents with %s by their source', (_name, padding) => {
  const { find, kept } = fillCache(60, (n) => `{ a${n}: __typename }${padding}`);
  const characters = kept().reduce((total, { source }) => total + source.length, 0);
  expect(characters * 2).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(characters * 2).toBeGreaterThan(MAX_DOCUMENT_BYTES * 0.9);
  expect(find(59)).toBeDefined();
  expect(find(0)).toBeUndefined();
});

it('the document cache evicts documents with many comments by the number of comments', () => {
  const comments = 10_000;
  const { find, kept } = fillCache(60, (n) => `{ a${n}: __typename }${'#\n'.repeat(comments)}`);
  // A token takes at least 60 bytes.
  expect(kept().length * comments * 60).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  expect(find(59)).toBeDefined();
});
