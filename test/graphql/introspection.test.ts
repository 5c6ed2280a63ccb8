import { describe, expect, it } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { describeGateway } from '../support/describe-gateway.js';
import { at, type TestGateway, toAnswer } from '../support/gateway.js';
import { BareSocket, JSON_TYPE } from '../support/streams.js';

const shows = describeGateway({ env: { INTROSPECTION: 'true' } });
const hides = describeGateway({ env: { INTROSPECTION: 'false' } });

const QUERY = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });

describe('with introspection on', () => {
  it('the gateway returns the whole schema to GraphiQL', async () => {
    const { status, data, errors } = await shows.graphql(QUERY);
    expect([status, errors]).toEqual([200, undefined]);
    expect(buildClientSchema(data as IntrospectionQuery).getMutationType()?.name).toBe('Mutation');
  });

  it('the gateway suggests similar names', async () => {
    const { errors } = await shows.graphql('{ tunez { nodes { id } } }');
    expect(errors?.[0]?.message).toMatch(/Did you mean .*"tunes"/);
  });
});

describe('with introspection off', () => {
  it.each([
    ['the schema', QUERY],
    ['a type', '{ __type(name: "Tune") { name } }'],
    ['the schema, in a fragment', '{ ...F } fragment F on Query { s: __schema { queryType { name } } }'],
  ])('the gateway does not show %s', async (_case, query) => {
    const { status, data, errors } = await hides.graphql(query);
    expect([status, data]).toEqual([400, undefined]);
    expect(errors?.[0]).toMatchObject({
      message: 'Introspection is disabled. Remove __schema and __type from the document.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  it('__typename works on every type', async () => {
    const { data } = await hides.graphql(
      '{ __typename tunes(first: 1) { __typename nodes { __typename } } }',
    );
    expect(data).toEqual({
      __typename: 'Query',
      tunes: { __typename: 'TuneConnection', nodes: [{ __typename: 'Tune' }] },
    });
  });

  const CREATE =
    'mutation ($input: CreatePromptInput!) { createPrompt(tuneId: 1, input: $input) { prompt { id } } }';
  const typos: [string, string, Record<string, unknown>?][] = [
    ['field', '{ tunez { nodes { id } } }'],
    ['field without fields', '{ tunes }'],
    ['argument', '{ tunes(frist: 1) { nodes { id } } }'],
    ['type', 'query ($x: TuneFiltr) { tunes(filter: $x) { nodes { id } } }'],
    ['fragment type', '{ ...F } fragment F on Qery { __typename }'],
    ['enum value', 'mutation { createPrompt(tuneId: 1, input: { style: CINEMATIK }) { prompt { id } } }'],
    ['input field', 'mutation { createPrompt(tuneId: 1, input: { txt: "x" }) { prompt { id } } }'],
    ['variable of an enum', CREATE, { input: { style: 'CINEMATIK' } }],
    ['variable of an input', CREATE, { input: { txt: 'x' } }],
    [
      'variable of a query',
      'query ($f: TuneFilter) { tunes(filter: $f) { nodes { id } } }',
      { f: { titel: 'x' } },
    ],
  ];
  it.each(typos)('the error of a wrong %s suggests no names', async (_case, query, variables = {}) => {
    const open = await shows.graphql(query, variables);
    expect(open.errors?.[0]?.message).toMatch(/Did you mean/);
    const { status, errors } = await hides.graphql(query, variables);
    expect([status, errors?.length]).toEqual([400, open.errors?.length]);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
    expect(errors?.[0]?.message.length).toBeGreaterThan(10);
  });

  it.each([
    ['field', 'subscription { promptUpdatd(id: 1) { id } }'],
    [
      'variable',
      'subscription ($s: ReplicationItemStatus) { replicationProgress(id: 1) { items(status: $s) { totalCount } } }',
    ],
  ])('the error of a wrong %s in a subscription suggests no names', async (_case, query) => {
    const messagesFrom = async ({ url }: TestGateway) => {
      const client = await new BareSocket(url).init();
      client.subscribe('1', query, { s: 'FAILD' });
      const messages = JSON.stringify(await client.finished('1'));
      client.socket.close();
      return messages;
    };
    expect(await messagesFrom(shows)).toMatch(/Did you mean/);
    expect(await messagesFrom(hides)).toMatch(/promptUpdatd|FAILD/);
    expect(await messagesFrom(hides)).not.toMatch(/did you mean/i);
  });

  it('the error of a GET request suggests no names', async () => {
    const search = new URLSearchParams({ query: '{ tunez { nodes { id } } }' });
    const response = await toAnswer(await fetch(`${hides.url}/graphql?${search}`, { headers: JSON_TYPE }));
    expect(at(response.errors, '0.message')).toBe('Cannot query field "tunez" on type "Query".');
  });
});
