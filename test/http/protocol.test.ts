import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, toAnswer } from '../support/gateway.js';

const gateway = describeGateway();

const JSON_TYPE = { 'content-type': 'application/json' };
const PREFLIGHT = { 'apollo-require-preflight': 'true' };
const TUNE = '{ tunes(first: 1) { nodes { id } } }';
const CREATE = 'mutation { createPrompt(tuneId: "2690418", input: { text: "x" }) { prompt { id } } }';

const get = (parameters: Record<string, string>, headers: Record<string, string> = PREFLIGHT) =>
  fetch(`${gateway.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
  fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });

describe('POST request', () => {
  it('a POST request executes an operation in JSON', async () => {
    const response = await post(JSON.stringify({ query: TUNE }));
    expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json\b/);
    const { status, data } = await toAnswer(response);
    expect(status).toBe(200);
    expect(at(data, 'tunes.nodes')).toHaveLength(1);
  });

  it('a POST request executes the named operation', async () => {
    const query = 'query A { a: __typename } query B { b: __typename }';
    const { data } = await toAnswer(await post(JSON.stringify({ query, operationName: 'B' })));
    expect(data).toEqual({ b: 'Query' });
  });

  it.each([
    ['an unknown operation name', { query: 'query A { __typename }', operationName: 'B' }],
    ['several operations and no name', { query: 'query A { __typename } query B { __typename }' }],
    ['no query', { variables: {} }],
    ['an empty query', { query: '' }],
    ['a query that is not a string', { query: 7 }],
    ['variables that are not an object', { query: TUNE, variables: 'x' }],
    ['broken GraphQL', { query: '{ tunes {' }],
    ['an unknown field', { query: '{ secrets }' }],
    ['a missing variable', { query: 'query ($id: ID!) { tune(id: $id) { id } }' }],
    ['a batch', [{ query: TUNE }, { query: TUNE }]],
    ['a body of null', null],
    [
      'the hash of another query',
      { query: TUNE, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
    ],
    [
      'an unknown version of persisted queries',
      { query: TUNE, extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } },
    ],
  ])('a POST request with %s is rejected', async (_case, body) => {
    const { status, errors } = await toAnswer(await post(JSON.stringify(body)));
    expect(status).toBe(400);
    expect(errors?.length).toBeGreaterThan(0);
    expect(errors?.[0]?.extensions.code).toMatch(
      /^(BAD_REQUEST|BAD_USER_INPUT|GRAPHQL_(PARSE|VALIDATION)_FAILED|OPERATION_RESOLUTION_FAILURE)$/,
    );
    expect(JSON.stringify(errors)).not.toMatch(/stack|\.js\b/);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it.each(['{"query": "{ tu', '', 'query { tunes }', '\u0000'])(
    'a POST request with a body that is not JSON is rejected: %j',
    async (body) => {
      const { status, errors } = await toAnswer(await post(body));
      expect(status).toBe(400);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    },
  );

  it('a POST request with a body over 1 MiB is rejected', async () => {
    const query = `${TUNE} # ${'x'.repeat(1024 * 1024)}`;
    const { status, errors } = await toAnswer(await post(JSON.stringify({ query })));
    expect(status).toBe(413);
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_LARGE' } }]);
  });

  it('a POST request with a body just below 1 MiB is accepted', async () => {
    const query = `${TUNE} # ${'x'.repeat(1000 * 1024)}`;
    expect((await toAnswer(await post(JSON.stringify({ query })))).errors).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/graphql'])(
    'a POST request with the content type %s is rejected',
    async (type) => {
      const { status, errors } = await toAnswer(
        await post(JSON.stringify({ query: CREATE }), { 'content-type': type }),
      );
      expect([400, 415]).toContain(status);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
      expect(calls(gateway.sandbox)).toEqual([]);
    },
  );
});

describe('GET request', () => {
  it('a GET request executes a query with a header that requires a preflight across sites', async () => {
    const parameters = {
      query: 'query ($first: Int) { tunes(first: $first) { nodes { id } } }',
      variables: '{"first":2}',
    };
    for (const headers of [PREFLIGHT, { 'x-apollo-operation-name': 'any' }, JSON_TYPE] as Record<
      string,
      string
    >[]) {
      const { status, data } = await toAnswer(await get(parameters, headers));
      expect(status).toBe(200);
      expect(at(data, 'tunes.nodes')).toHaveLength(2);
    }
  });

  it.each([{}, { 'content-type': 'text/plain' }] as Record<string, string>[])(
    'a GET request with only the headers %j is rejected',
    async (headers) => {
      const { status, errors } = await toAnswer(await get({ query: TUNE }, headers));
      expect(status).toBe(400);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
      expect(calls(gateway.sandbox)).toEqual([]);
    },
  );

  it('a GET request executes no mutation', async () => {
    const response = await get({ query: CREATE });
    expect(response.headers.get('allow')).toBe('POST');
    const { status, errors } = await toAnswer(response);
    expect(status).toBe(405);
    expect(errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it.each(['{', '7', '[]', '"x"'])('a GET request with the variables %s is rejected', async (variables) => {
    const { status } = await toAnswer(await get({ query: TUNE, variables }));
    expect(status).toBe(400);
  });
});

describe('the method', () => {
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is rejected', async (method) => {
    const response = await fetch(`${gateway.url}/graphql`, { method });
    expect(response.headers.get('allow')).toBe('GET, POST');
    const { status, errors } = await toAnswer(response);
    expect(status).toBe(405);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });
});

describe('the path', () => {
  it.each(['/livez', '/readyz'])('%s responds with ok', async (path) => {
    const response = await fetch(gateway.url + path);
    expect(response.status).toBe(200);
    expect((await response.text()).trim()).toBe('ok');
  });

  it.each(['/nothing', '/graphql/more', '/%2e%2e/etc/passwd', '/graphqlx', '/sandbox'])(
    '%s does not exist',
    async (path) => {
      const response = await fetch(gateway.url + path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('/graphql');
    },
  );

  it('/ shows a start page', async () => {
    const response = await fetch(gateway.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Promptgate');
  });
});

describe('response', () => {
  it('a response does not reveal the server software', async () => {
    const response = await post(JSON.stringify({ query: TUNE }));
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('server')).toBeNull();
    await response.text();
  });

  it('a response never contains a key, and neither does the log', async () => {
    const key = 'sd_very_secret_key';
    const headers = { ...JSON_TYPE, 'x-astria-api-key': key };
    for (const body of [JSON.stringify({ query: TUNE }), '{', JSON.stringify({ query: '{ nothing }' })])
      expect(await (await post(body, headers)).text()).not.toContain(key);
    expect(gateway.logLines.join('')).not.toContain(key);
  });
});
