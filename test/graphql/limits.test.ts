import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type DocumentNode,
  GraphQLError,
  getIntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { parseConfig } from '../../src/config.js';
import { costOf } from '../../src/graphql/limits/cost.js';
import { type DocumentStats, documentStats } from '../../src/graphql/limits/document-stats.js';
import { limitError } from '../../src/graphql/limits/limits.js';
import { readDocument } from '../../src/graphql/limits/read-document.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();
const { queryLimits: DEFAULTS } = parseConfig({});
const CONTRACT = readFileSync(new URL('../../../test/contract/operations.graphql', import.meta.url), 'utf8');

const isOperation = (node: { kind: string }): node is OperationDefinitionNode =>
  node.kind === Kind.OPERATION_DEFINITION;

function cost(query: string | DocumentNode, variables: Record<string, unknown> = {}): number {
  const document = typeof query === 'string' ? parse(query) : query;
  const operation = document.definitions.find(isOperation);
  if (!operation) throw new Error('there is no operation');
  return costOf({ schema, document, operation, variables });
}

/** Returns a query with fragments on Tune, each of which spreads the next one twice. */
function doubling(levels: number, last: string, between = ''): string {
  const spread = (next: number) => (next < levels ? `...F${next} ${between} ...F${next}` : last);
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment F${level} on Tune { ${spread(level + 1)} }`,
  );
  return `{ tune(id: 1) { ...F0 } } ${fragments.join(' ')}`;
}

const repeated = (part: string, times: number) => Array(times).fill(part).join(' ');

describe('measure of a document', () => {
  const cases: [string, string, Partial<DocumentStats>][] = [
    ['a field', '{ a }', { depth: 1, aliases: 0, rootFields: 1, nesting: 1 }],
    ['fields in fields', '{ a { b { c } d } e }', { depth: 3, rootFields: 2, nesting: 3 }],
    ['aliases', '{ x: a { y: b c } }', { aliases: 2, rootFields: 1 }],
    ['an alias that changes nothing', '{ a: a }', { aliases: 1 }],
    [
      'fragments, which add no depth',
      '{ ...{ ...F } } fragment F on T { a { b } c }',
      { depth: 2, rootFields: 2 },
    ],
    [
      'a fragment that is spread twice',
      '{ a { ...F } b { ...F } } fragment F on T { x: c }',
      { aliases: 2, depth: 2 },
    ],
    ['the same field twice', '{ a a }', { rootFields: 2 }],
    ['the largest operation', 'query A { a { b } } query B { c d e }', { depth: 2, rootFields: 3 }],
    ['an unused fragment', '{ a } fragment F on T { b { x: c } }', { depth: 1, aliases: 0 }],
    ['an undefined fragment', '{ a ...F }', { depth: 1, rootFields: 1 }],
    ['a recursive fragment', '{ ...F } fragment F on T { a { ...F } }', { depth: 1, rootFields: 1 }],
    [
      'mutually recursive fragments',
      '{ ...F } fragment F on T { a ...G } fragment G on T { b ...F }',
      { depth: 1 },
    ],
    [
      'introspection',
      '{ __schema { types { x: name } } __type(name: "T") { name } }',
      { depth: 1, aliases: 1, rootFields: 2 },
    ],
    ['a schema definition', 'type A { b: C }', { depth: 0, rootFields: 0 }],
    ['30 levels of doubling', doubling(31, 'x: id'), { depth: 2, aliases: 2 ** 30 }],
    ['more aliases than a safe integer', doubling(200, 'x: id'), { aliases: Number.MAX_SAFE_INTEGER }],
  ];
  it.each(cases)('the measure of a document counts %s', (_case, query, expected) => {
    expect(documentStats(parse(query))).toMatchObject(expected);
  });
});

describe('cost', () => {
  const cases: [string, string, number, Record<string, unknown>?][] = [
    ['a field', '{ tune(id: 1) { id } }', 2],
    ['__typename', '{ __typename }', 1],
    ['a page of a literal size', '{ tunes(first: 100) { nodes { id title } } }', 202],
    ['a page of a variable size', 'query ($n: Int) { tunes(first: $n) { nodes { id } } }', 302, { n: 300 }],
    ['a page whose variable has a default', 'query ($n: Int = 7) { tunes(first: $n) { nodes { id } } }', 9],
    ['a page whose variable is missing', 'query ($n: Int) { tunes(first: $n) { nodes { id } } }', 22],
    ['a page with a null variable', 'query ($n: Int) { tunes(first: $n) { nodes { id } } }', 22, { n: null }],
    ['a page of the default size', '{ tunes { nodes { id } } }', 22],
    ['a page of size null', '{ tunes(first: null) { nodes { id } } }', 22],
    ['nodes and edges', '{ tunes(first: 10) { nodes { id } edges { cursor node { id } } } }', 43],
    ['fields beside the items', '{ portkeyPrompts(first: 500) { totalCount pageInfo { endCursor } } }', 4],
    ['nested pages', '{ tunes(first: 100) { nodes { prompts(first: 100) { nodes { id } } } } }', 10_202],
    ['a list without a size', '{ prompt(id: 1) { callbackRelay { attempts { at status } } } }', 23],
    ['a list of scalars', '{ prompt(id: 1) { images } }', 2],
    ['a mutation', 'mutation { cancelReplication(id: 1) { userErrors { code } } }', 111],
    [
      'two mutations',
      'mutation { a: undoReplication(id: 1) { __typename } b: undoReplication(id: 2) { __typename } }',
      202,
    ],
    ['a subscription', 'subscription { promptUpdated(id: 1) { id images } }', 3],
    [
      'items in a fragment',
      '{ tunes(first: 50) { ...F } } fragment F on TuneConnection { nodes { ...G } } fragment G on Tune { id }',
      52,
    ],
    [
      'a fragment on pages of several sizes',
      '{ a: tunes(first: 50) { ...F } b: tunes(first: 5) { ...F } } fragment F on TuneConnection { nodes { id } }',
      59,
    ],
    [
      'items in an inline fragment',
      '{ tunes(first: 50) { ... { nodes { id } } ... on TuneConnection { nodes { id } } } }',
      103,
    ],
    ['a page above the maximum size', '{ tunes(first: 2000000000) { nodes { id } } }', 502],
    ['a page of negative size as empty', '{ tunes(first: -5) { nodes { id } } }', 2],
    ['introspection', '{ __schema { types { name } } }', 5_000],
    ['introspection of a type', '{ __type(name: "Tune") { fields { name } } }', 500],
    ['a filter', '{ tunes(first: 5, filter: { title: "x" }) { nodes { id } } }', 257],
    [
      'a null filter',
      'query ($f: TuneFilter) { tunes(first: 5, filter: $f) { nodes { id } } }',
      7,
      { f: null },
    ],
    [
      'a filter in a variable',
      'query ($f: TuneFilter) { tunes(first: 5, filter: $f) { nodes { id } } }',
      257,
      { f: {} },
    ],
    ['a skipped field', 'query ($x: Boolean!) { tune(id: 1) @skip(if: $x) { id } }', 2, { x: true }],
    [
      'a variable named like a property of Object',
      'query ($constructor: Int) { tunes(first: $constructor) { nodes { id } } }',
      22,
    ],
    ['30 levels of doubling', doubling(31, 'id'), 2 ** 30 + 1],
    ['more fields than a safe integer', doubling(200, 'id'), Number.MAX_SAFE_INTEGER],
  ];
  it.each(cases)('the cost counts %s', (_case, query, expected, variables = {}) => {
    expect(validate(schema, parse(query))).toEqual([]);
    expect(cost(query, variables)).toBe(expected);
  });

  it('the cost is the cost of the given operation', () => {
    const document = parse(
      'query A { tunes(first: 500) { nodes { id } } } query B { tunes(first: 1) { nodes { id } } }',
    );
    const [a, b] = document.definitions.filter(isOperation);
    const of = (operation: OperationDefinitionNode | undefined) =>
      operation && costOf({ schema, document, operation, variables: {} });
    expect([of(a), of(b)]).toEqual([502, 3]);
  });
});

describe('readDocument', () => {
  const limits = { tokens: 50, depth: 3, aliases: 2, rootFields: 2, cost: 1 };
  const overLimits: [string, string, string, object][] = [
    [
      'tokens',
      `{ ${repeated('a', 49)} }`,
      'The document has 51 tokens, but the limit is 50. Split the document.',
      { name: 'tokens', max: 50, actual: 51 },
    ],
    [
      'far too many tokens',
      `{ ${repeated('a', 9_000)} }`,
      'The document has 500 tokens, but the limit is 50. Split the document.',
      { name: 'tokens', max: 50, actual: 500 },
    ],
    [
      'tokens before invalid GraphQL',
      `${repeated('{', 60)} \u0000`,
      'The document has 60 tokens, but the limit is 50. Split the document.',
      { name: 'tokens', max: 50, actual: 60 },
    ],
    [
      'depth',
      '{ a { b { c { d } } } }',
      'The document is 4 fields deep, but the limit is 3. Nest fewer fields.',
      { name: 'depth', max: 3, actual: 4 },
    ],
    [
      'aliases',
      '{ x: a { y: b z: c } }',
      'The document has 3 aliases, counted wherever a fragment is spread, but the limit is 2. Send several operations.',
      { name: 'aliases', max: 2, actual: 3 },
    ],
    [
      'root fields',
      '{ a b c }',
      'The operation has 3 fields at its root, but the limit is 2. Send several operations.',
      { name: 'rootFields', max: 2, actual: 3 },
    ],
  ];
  it.each(overLimits)(
    'readDocument rejects %s over the limit, with the limit and the actual value',
    (_case, text, message, limit) => {
      const error = readDocument(text, limits);
      expect(error).toBeInstanceOf(GraphQLError);
      expect(error).toMatchObject({ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit } });
    },
  );

  it.each([
    ['tokens', `{ ${repeated('a { b }', 2)} ${repeated('# x\n,', 99)} ${'...{ c }'.repeat(0)} }`],
    ['depth', '{ a { b { c } } }'],
    ['aliases and root fields', '{ x: a y: b }'],
  ])('readDocument accepts a document at the limit of %s', (_case, text) => {
    expect(readDocument(text, limits)).toMatchObject({ kind: 'Document' });
  });

  it.each(['', '{', '{ a', '"', '\u0000'])('readDocument reports a syntax error in %j', (text) => {
    const error = readDocument(text, limits);
    expect(error).toBeInstanceOf(GraphQLError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Syntax Error: /),
      locations: [expect.anything()],
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  });

  const LARGE = { ...DEFAULTS, tokens: 1_000_000, aliases: 1_000_000 };
  const chain = Array.from({ length: 5_000 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} }`).join(' ');
  it.each([
    ['inline fragments', `{ ${'...{'.repeat(1_200)} a ${'}'.repeat(1_200)} }`],
    ['fragments', `{ ...F0 } ${chain}`],
    [
      'fragments that are spread from the last to the first',
      `{ ${Array.from({ length: 50 }, (_, n) => `...F${4_900 - 100 * n}`).join(' ')} } ${chain}`,
    ],
  ])('readDocument rejects a document that is nested too deeply for the stack: %s', (_case, text) => {
    expect(readDocument(text, LARGE)).toMatchObject({
      message: 'The document is nested too deeply. Reduce the nesting.',
    });
  });

  it('readDocument groups the digits of large numbers in its errors', () => {
    expect(limitError('cost', 20_000, 1_041_003).message).toBe(
      'The operation costs 1 041 003, but the limit is 20 000. Request fewer items.',
    );
  });
});

describe('default limits', () => {
  const contract = parse(CONTRACT);
  const operations = contract.definitions.filter(isOperation);
  const textOf = ({ loc }: OperationDefinitionNode) => CONTRACT.slice(loc?.start, loc?.end);

  it('the default limits allow documents three times as large as those of the contract', () => {
    expect(operations.length).toBeGreaterThan(10);
    const { tokens, depth, aliases, rootFields, cost: maxCost } = DEFAULTS;
    const third = (limit: number) => Math.floor(limit / 3);
    for (const operation of operations) {
      const text = textOf(operation);
      expect(
        readDocument(text, { tokens: third(tokens), depth: depth / 2, aliases, rootFields, cost: 0 }),
      ).toMatchObject({ kind: 'Document' });
      expect(cost(text, { first: 500 })).toBeLessThan(third(maxCost));
    }
    expect(readDocument(CONTRACT, DEFAULTS)).toMatchObject({ kind: 'Document' });
  });

  it('the default limits allow the introspection query of GraphiQL', () => {
    const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });
    expect(readDocument(query, DEFAULTS)).toMatchObject({ kind: 'Document' });
    expect(cost(query)).toBeLessThan(DEFAULTS.cost / 3);
  });

  const { tokens } = DEFAULTS;
  const fill = (part: string, each: number) =>
    `{ tunes { nodes { ${repeated(part, Math.floor((tokens - 10) / each))} } } }`;
  const spreading = (count: number, body: (n: number) => string) => {
    const numbers = Array.from({ length: count }, (_, n) => n);
    return `{ tunes { nodes { ${numbers.map((n) => `...F${n}`).join(' ')} } } } ${numbers.map((n) => `fragment F${n} on Tune { ${body(n)} }`).join(' ')}`;
  };
  // The worst case takes about 80 ms on a slow machine. Exponential validation would take hours.
  it.each([
    ['the same field', fill('id', 1)],
    ['the same field with arguments and fields', fill('prompts(first: 1) { nodes { id } }', 12)],
    ['the same fields in the same fields', fill('baseTune { id }', 4)],
    ['fragments with the same fields', spreading(Math.floor(tokens / 12), () => 'id title')],
    [
      'fragments that all spread each other',
      spreading(
        40,
        (n) => `id ${Array.from({ length: 40 - n - 1 }, (_, m) => `...F${n + m + 1}`).join(' ')}`,
      ),
    ],
    ['fragments that double', doubling(Math.floor(tokens / 13), 'id')],
    ['fragments that double within fields', doubling(30, 'id', 'baseTune { id }')],
    ['unknown fields', fill('tunez', 1)],
    ['introspection in introspection', `{ __schema { types { ${repeated('fields { name }', 450)} } } }`],
  ])('the default limits keep the time to validate a document short: %s', (_case, query) => {
    // CPU time does not depend on other processes.
    const began = process.cpuUsage();
    const document = readDocument(query, { ...DEFAULTS, aliases: 1e12 });
    if (document === null) throw new Error('the document must be GraphQL');
    if (!(document instanceof GraphQLError)) validate(schema, document);
    expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  });
});
