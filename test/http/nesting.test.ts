import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, toAnswer } from '../support/gateway.js';
import { multipart, operationParts, type Part, postBytes } from '../support/upload-bytes.js';
import { png } from '../support/upload-pictures.js';

const gateway = describeGateway({
  // The default limits would reject these documents before the checks under test.
  config: { queryLimits: { tokens: 1e6, depth: 1e6, aliases: 1e6, rootFields: 1e6, cost: 1e6 } },
});

const DEPTH = 50_000;
const nested = (open: string, close: string, inside = '') =>
  `${open.repeat(DEPTH)}${inside}${close.repeat(DEPTH)}`;
const FILE: Part = { name: 'f', filename: 'cat.png', content: png(2_000) };

describe('document that is nested too deeply for the stack', () => {
  it.each([
    ['selections', nested('{a', '}')],
    ['fragments', `{ ${nested('...{', '}', '__typename')} }`],
    ['lists', `{ tune(id: ${nested('[', ']')}) { id } }`],
    ['types', `query ($x: ${nested('[', ']', 'Int')}) { __typename }`],
  ])(
    'a document that is nested too deeply for the stack of %s is rejected with a clear error',
    async (_case, query) => {
      const { status, errors } = await gateway.graphql(query);
      expect([status, errors]).toEqual([
        400,
        [
          {
            message: 'The document is nested too deeply. Reduce the nesting.',
            extensions: { code: 'GRAPHQL_PARSE_FAILED' },
          },
        ],
      ]);
    },
  );
});

it('a document that takes too long to validate is rejected with the limit', async () => {
  const { status, errors } = await gateway.graphql(`{ tunes { nodes { ${'id '.repeat(3_000)} } } }`);
  expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  expect(errors?.[0]?.message).toContain('limit of 500 000 comparisons');
});

describe('variables that are nested too deeply for the stack', () => {
  const query = 'query ($filter: TuneFilter) { tunes(first: 1, filter: $filter) { nodes { id } } }';
  const operations = `{"query":${JSON.stringify(query)},"variables":{"filter":{"title":${nested('[', ']')}}}}`;

  it('variables that are nested too deeply for the stack are rejected like values of the wrong type, in JSON', async () => {
    const body = operations;
    const headers = { 'content-type': 'application/json' };
    const { status, errors } = await toAnswer(
      await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body }),
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(JSON.stringify(errors)).not.toContain('call stack');
  });

  it('variables that are nested too deeply for the stack are rejected like values of the wrong type, with a file', async () => {
    const parts = [...operationParts(operations, { f: ['variables.file'] }), FILE];
    const { status, errors } = await postBytes(gateway.url, multipart(parts));
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(JSON.stringify(errors)).not.toContain('call stack');
  });

  it('variables that are nested too deeply for the stack are accepted if the operation does not use them', async () => {
    const unused = `{"query":"{ __typename }","variables":{"x":${nested('[', ']')}}}`;
    const { status, data } = await postBytes(gateway.url, multipart(operationParts(unused, {})));
    expect([status, data]).toEqual([200, { __typename: 'Query' }]);
  });

  it('variables that are nested too deeply for the stack are rejected in the path of a file', async () => {
    const path = `variables.${'x.'.repeat(DEPTH)}x`;
    const parts = [...operationParts({ query: '{ __typename }', variables: {} }, { f: [path] }), FILE];
    const { status, errors } = await postBytes(gateway.url, multipart(parts));
    expect([status, errors]).toEqual([
      400,
      [
        {
          message: 'A path in the map has more than 1000 characters. Shorten it.',
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    ]);
  });
});

describe('file', () => {
  const CREATE = `mutation ($input: CreatePromptInput!) {
    createPrompt(tuneId: "2690418", input: $input) { prompt { id } userErrors { code } } }`;

  it.each(['variables.input.text', 'variables.input.steps', 'variables.input.style', 'variables.input'])(
    'a file in the wrong place %s is reported as a file, without its internals',
    async (path) => {
      const operations = { query: CREATE, variables: { input: { text: 'a cat' } } };
      const { status, errors } = await postBytes(
        gateway.url,
        multipart([...operationParts(operations, { f: [path] }), FILE]),
      );
      expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
      expect(errors?.[0]?.message).toContain('a file');
      expect(JSON.stringify(errors)).not.toMatch(/function|resolve|reject|promise|cat\.png/i);
    },
  );

  it('a file in the right place is accepted', async () => {
    const operations = { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } };
    const parts = [...operationParts(operations, { f: ['variables.input.inputImage.upload'] }), FILE];
    const { data } = await postBytes(gateway.url, multipart(parts));
    expect(at(data, 'createPrompt.userErrors')).toEqual([]);
  });
});

describe('the malformed URL', () => {
  it.each(['/%E0%A4%A', '/%', '/graphql%', '/livez/%zz'])(
    '%s is rejected with an error in JSON',
    async (path) => {
      const response = await fetch(gateway.url + path);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      const { status, errors, data } = await toAnswer(response);
      expect([status, data]).toEqual([400, undefined]);
      expect(errors).toEqual([
        { message: expect.stringContaining('malformed'), extensions: { code: 'BAD_REQUEST' } },
      ]);
    },
  );
});
