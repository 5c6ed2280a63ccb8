import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { compiledExecutor } from '../../src/graphql/compiled-queries.js';
import type { RequestContext } from '../../src/graphql/context.js';
import { ParsedDocument } from '../../src/graphql/parsed-document.js';
import { createSchema } from '../../src/graphql/schema.js';
import { describeGateway } from '../support/describe-gateway.js';
import { calls } from '../support/gateway.js';

/** Number of executions, more than a query needs to be compiled. */
const MANY = 25;

describe('query that is sent often', () => {
  const gateway = describeGateway();

  const PROMPTS =
    'query ($first: Int!) { prompts(first: $first) { nodes { id text status tune { id title } } } }';

  /** Executes a query many times, and returns its distinct responses. */
  async function responses(query: string, variables: Record<string, unknown> = {}) {
    const all = new Set<string>();
    for (let n = 0; n < MANY; n += 1) {
      const { status, data, errors } = await gateway.graphql(query, variables);
      all.add(JSON.stringify({ status, data, errors }));
    }
    return [...all].map((response) => JSON.parse(response));
  }

  it('a query that is sent often keeps its result and its number of upstream calls', async () => {
    const upstreamCalls = async () => {
      gateway.sandbox.clearRequests();
      await gateway.graphql(PROMPTS, { first: 20 });
      return calls(gateway.sandbox).sort();
    };
    const before = await upstreamCalls();
    const [first, ...others] = await responses(PROMPTS, { first: 20 });
    expect(others).toEqual([]);
    expect(first.data.prompts.nodes).toHaveLength(20);
    expect(await upstreamCalls()).toEqual(before);
    expect(before.length).toBeLessThan(5);
  });

  it('a query that is sent often keeps the errors of its variables', async () => {
    for (let n = 0; n < MANY; n += 1) await gateway.graphql(PROMPTS, { first: 1 });
    for (const first of ['x', null, 1.5, 2 ** 31, { a: 1 }]) {
      const { status, data, errors } = await gateway.graphql(PROMPTS, { first });
      expect([status, data]).toEqual([400, undefined]);
      expect(errors).toMatchObject([
        { message: expect.stringContaining('Variable "$first"'), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });

  it.each<[string, string, unknown[]]>([
    ['an input object', 'PromptFilter', [[], [1], 'x', 7, true, { tuneID: '1' }]],
    ['a number', 'Int!', ['x', null, 1.5, 2 ** 31, [], [1, 2]]],
  ])('a query that is sent often keeps rejecting a value that is not %s', async (_case, type, values) => {
    const uses: Record<string, string> = {
      PromptFilter: 'prompts(first: 1, filter: $v) { nodes { id } }',
      'Int!': 'prompts(first: $v) { nodes { id } }',
    };
    const query = `query ($v: ${type}) { ${uses[type]} }`;
    const before = await Promise.all(values.map((v) => gateway.graphql(query, { v })));
    const valid = type === 'Int!' ? 1 : {};
    for (let n = 0; n < MANY; n += 1) expect((await gateway.graphql(query, { v: valid })).status).toBe(200);
    const after = await Promise.all(values.map((v) => gateway.graphql(query, { v })));
    expect(JSON.stringify(after)).toBe(JSON.stringify(before));
    expect(before.map(({ status }) => status)).toEqual(values.map(() => 400));
  });

  it('a query that is sent often keeps the errors of its fields', async () => {
    const query =
      '{ a: tune(id: "1") { id } tunes(first: 0) { nodes { id } } prompts(first: 1) { nodes { id } } }';
    const [first, ...others] = await responses(query);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      status: 200,
      errors: [{ path: ['tunes'], locations: [{ line: 1 }], extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});

describe('compiled queries', () => {
  const schema = createSchema();
  const context = { principal: { scopes: new Set(['read']) } } as unknown as RequestContext;

  /** Executes a document many times, and returns the number of executions by compiled code. */
  async function compiledExecutions(source: string, name?: string): Promise<number> {
    const document = new ParsedDocument(source, parse(source), schema);
    const operation = document.operation(name);
    if (!operation) throw new Error('no such operation');
    const execute = compiledExecutor(schema);
    let count = 0;
    for (let n = 0; n < MANY; n += 1) if (await execute(document, operation, {}, context)) count += 1;
    return count;
  }

  it('compiled queries are the queries that are executed often', async () => {
    expect(await compiledExecutions('{ __typename }')).toBe(6);
    expect(await compiledExecutions('query A { __typename } query B { b: __typename }', 'B')).toBe(6);
  });

  it.each([
    ['a mutation', 'mutation { __typename }'],
    ['a field named __proto__', '{ __proto__: __typename }'],
    ['a condition', '{ __typename @skip(if: true) }'],
    ['a condition with unusual spacing', '{ __typename @,#x\nskip(if: true) }'],
    ['too many fields', `{ ${Array.from({ length: 201 }, (_, n) => `a${n}: __typename`).join(' ')} }`],
    [
      'too many fields through fragments',
      `{ ${'...A '.repeat(6)} } fragment A on Query { ${'...B '.repeat(6)} } fragment B on Query { ${Array.from({ length: 6 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
    ],
    ['a variable in an object', 'query ($t: String) { tunes(filter: { title: $t }) { __typename } }'],
    ['a variable in a list', 'query ($t: String!) { tunes(filter: { classNames: [$t] }) { __typename } }'],
  ])('compiled queries do not include a document with %s', async (_case, source) => {
    expect(await compiledExecutions(source)).toBe(0);
  });
});
