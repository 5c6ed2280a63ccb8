import { describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { describeGateway } from '../support/describe-gateway.js';
import { toAnswer } from '../support/gateway.js';

// Some audits use introspection to send a query with a variable.
const gateway = describeGateway({ env: { INTROSPECTION: 'true' } });

/**
 * Ids of audits that send a GET request without a preflight. The gateway rejects such requests, because a page of another
 * site could send them.
 */
const REJECTED: ReadonlySet<string> = new Set(['5A70', 'D6D5', '6A70']);

describe('audits of graphql-http', () => {
  const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

  it('the audits of graphql-http are complete', () => {
    const count = (level: string) => audits.filter(({ name }) => name.startsWith(`${level} `)).length;
    expect({ must: count('MUST'), should: count('SHOULD'), may: count('MAY') }).toEqual({
      must: 13,
      should: 23,
      may: 25,
    });
    expect(audits.filter(({ id, name }) => REJECTED.has(id) && name.startsWith('MAY '))).toHaveLength(3);
  });

  it.each(audits.filter(({ id }) => !REJECTED.has(id)))(
    'the audits of graphql-http pass: $id $name',
    async ({ fn }) => {
      expect(await fn()).toMatchObject({ status: 'ok' });
    },
  );

  it.each(audits.filter(({ id }) => REJECTED.has(id)))(
    'the audits of graphql-http are rejected as cross-site requests: $id $name',
    async ({ fn }) => {
      const result = await fn();
      if (result.status === 'ok') throw new Error('a page of another site can send this request');
      const { status, errors } = await toAnswer(result.response);
      expect(status).toBe(400);
      expect(errors?.[0]?.message).toContain('Cross-Site Request Forgery');
    },
  );
});

const QUERY = JSON.stringify({ query: '{ __typename }' });
const JSON_TYPE = { 'content-type': 'application/json' };
const send = (headers: Record<string, string>, body: string = QUERY) =>
  fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });

describe('content type of a response', () => {
  const RESPONSE_JSON = 'application/graphql-response+json';
  it.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['APPLICATION/JSON', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['text/html, application/xml;q=0.9, */*;q=0.8', 'application/json'],
    [`${RESPONSE_JSON}, application/json;q=0.9`, RESPONSE_JSON],
    [`application/json;q=0.1, ${RESPONSE_JSON}`, RESPONSE_JSON],
    [`${RESPONSE_JSON};q=0.1, application/json`, 'application/json'],
    [`${RESPONSE_JSON};q=0, application/json`, 'application/json'],
    ['text/event-stream;q=0, */*', 'application/json'],
  ])('the content type of a response for accept: %s is %s', async (accept, type) => {
    const response = await send({ ...JSON_TYPE, accept });
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.each(['text/html', 'image/png', 'application/json;q=0', '*/*;q=0', 'application/json; charset=utf-16'])(
    'the content type of a response is not acceptable for accept: %s',
    async (accept) => {
      const { status, errors } = await toAnswer(await send({ ...JSON_TYPE, accept }));
      expect(status).toBe(406);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    },
  );
});

describe('status', () => {
  const INVALID = [
    { query: '{' },
    { query: '{ nothing }' },
    { query: 'query ($id: ID!) { tune(id: $id) { id } }' },
    { query: 'query A { __typename }', operationName: 'B' },
  ];
  it.each([
    ['application/json', 200],
    ['application/graphql-response+json', 400],
    // Current clients send this header and rely on the status.
    ['application/graphql-response+json, application/json;q=0.9', 400],
    ['*/*', 400],
  ])('the status of a request that cannot be executed, with accept: %s, is %i', async (accept, expected) => {
    for (const body of INVALID) {
      const { status, data, errors } = await toAnswer(
        await send({ ...JSON_TYPE, accept }, JSON.stringify(body)),
      );
      expect(status).toBe(expected);
      expect(data).toBeUndefined();
      expect(errors).toHaveLength(1);
    }
  });

  it('the status of an operation in which only a field has failed is 200', async () => {
    const headers = { ...JSON_TYPE, accept: 'application/graphql-response+json' };
    const body = JSON.stringify({ query: '{ portkeyPrompts(first: -1) { totalCount } }' });
    const { status, data, errors } = await toAnswer(await send(headers, body));
    expect(status).toBe(200);
    expect(data).toEqual({ portkeyPrompts: null });
    expect(errors).toHaveLength(1);
  });

  it.each(['{', 'null', '[]', '"x"', '7', '{}'])(
    'the status of the malformed request %s is 400',
    async (body) => {
      for (const accept of ['application/json', 'application/graphql-response+json'])
        expect((await toAnswer(await send({ ...JSON_TYPE, accept }, body))).status).toBe(400);
    },
  );
});

describe('content type of a request', () => {
  it.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=us-ascii',
    'Application/JSON',
  ])('the content type of a request can be %s', async (type) => {
    expect((await toAnswer(await send({ 'content-type': type }))).data).toEqual({ __typename: 'Query' });
  });

  it.each([
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    'application/jsonx',
    'application/graphql',
    'application/graphql-response+json',
    'none',
  ])('the content type of a request must not be %s', async (type) => {
    const { status, errors } = await toAnswer(await send({ 'content-type': type }));
    expect(status).toBe(415);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  it('the content type of a request must not be missing', async () => {
    const body = new TextEncoder().encode(QUERY);
    expect((await fetch(`${gateway.url}/graphql`, { method: 'POST', body })).status).toBe(415);
  });
});

describe('the method', () => {
  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'constructor'])(
    '%s is rejected at /graphql',
    async (method) => {
      const response = await fetch(`${gateway.url}/graphql?query={__typename}`, {
        method,
        headers: { 'apollo-require-preflight': 'true' },
      }).catch(() => null);
      // Node.js treats a method that it does not know as malformed HTTP.
      expect([400, 405]).toContain(response?.status);
      if (response?.status === 405) expect(response.headers.get('allow')).toBe('GET, POST');
      await response?.text();
    },
  );

  it.each([
    ['POST', '/livez', 405, 'GET, HEAD'],
    ['DELETE', '/', 405, 'GET, HEAD'],
    ['HEAD', '/readyz', 200, null],
    ['POST', '/nothing', 404, null],
  ])('%s at %s gets %i', async (method, path, status, allow) => {
    const response = await fetch(gateway.url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(allow);
    await response.text();
  });
});
