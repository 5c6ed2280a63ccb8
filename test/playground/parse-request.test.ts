import { describe, expect, it } from '@jest/globals';
import { parseRequest } from '../../playground/session/parse-request.js';

const TWO = 'query First { a } mutation Second { b }';

describe('request from GraphiQL', () => {
  it.each([
    ['runs the operation that it names', TWO, 'Second', 'Second'],
    ['runs the only operation when it still names one of another tab', 'query Here { a }', 'There', 'Here'],
    ['has no operation name when the only operation is anonymous', '{ a }', undefined, null],
    ['keeps its operation name when the only operation is anonymous', '{ a }', 'There', 'There'],
    // The gateway reports the errors of these requests.
    ['keeps its operation name when several operations could match', TWO, 'There', 'There'],
    ['keeps its operation name when the document does not parse', 'query Here {', 'There', 'There'],
    [
      'has no operation name when the document only has fragments',
      'fragment On on Query { a }',
      undefined,
      null,
    ],
  ])('%s', (_case, query, named, sent) => {
    const params = { query, ...(named !== undefined && { operationName: named }) };
    const { operation } = parseRequest(params, undefined);
    expect([operation.query, operation.operationName]).toEqual([query, sent]);
  });

  it('a request from GraphiQL has the type of its operation', () => {
    const kindOf = (query: string, operationName?: string) =>
      parseRequest({ query, ...(operationName && { operationName }) }, undefined).definition?.operation;
    expect([kindOf(TWO, 'First'), kindOf(TWO, 'Second'), kindOf('subscription { c }', 'First')]).toEqual([
      'query',
      'mutation',
      'subscription',
    ]);
    expect([kindOf(TWO), kindOf('query {'), kindOf('')]).toEqual([undefined, undefined, undefined]);
  });

  it('a request from GraphiQL has its variables, or an empty object without any', () => {
    const variablesOf = (variables: unknown) =>
      parseRequest({ query: '{ a }', variables }, undefined).operation.variables;
    const variables = { input: { headers: { a: 1 } } };
    expect([variablesOf(variables), variablesOf(undefined), variablesOf(null)]).toEqual([variables, {}, {}]);
  });

  it('a request from GraphiQL has its headers as strings', () => {
    const headersOf = (headers?: Record<string, unknown>) =>
      parseRequest({ query: '{ a }' }, headers).operation.headers;
    expect(headersOf({ 'x-a': 'b', 'x-n': 1, 'x-no': false })).toEqual({
      'x-a': 'b',
      'x-n': '1',
      'x-no': 'false',
    });
    expect(headersOf()).toEqual({});
  });
});
