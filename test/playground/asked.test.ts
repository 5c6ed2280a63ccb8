import { describe, expect, it } from '@jest/globals';
import { readAsked } from '../../playground/session/asked.js';

const TWO = 'query First { a } mutation Second { b }';

describe('what GraphiQL is to send', () => {
  it.each([
    ['the one that is named', TWO, 'Second', 'Second'],
    ['the only one, where GraphiQL still names one of another tab', 'query Here { a }', 'There', 'Here'],
    ['the only one, without a name', '{ a }', undefined, null],
    ['the only one, without a name, where GraphiQL names one', '{ a }', 'There', 'There'],
    // The gateway says what is wrong with these.
    ['as GraphiQL has it, where several could be meant', TWO, 'There', 'There'],
    ['as GraphiQL has it, where the document cannot be read', 'query Here {', 'There', 'There'],
    ['none, where there is none', 'fragment On on Query { a }', undefined, null],
  ])('has the operation: %s', (_which, query, named, sent) => {
    const params = { query, ...(named !== undefined && { operationName: named }) };
    const { operation } = readAsked(params, undefined);
    expect([operation.query, operation.operationName]).toEqual([query, sent]);
  });

  it('tells its kind', () => {
    const kindOf = (query: string, operationName?: string) =>
      readAsked({ query, ...(operationName && { operationName }) }, undefined).definition?.operation;
    expect([kindOf(TWO, 'First'), kindOf(TWO, 'Second'), kindOf('subscription { c }', 'First')]).toEqual([
      'query',
      'mutation',
      'subscription',
    ]);
    expect([kindOf(TWO), kindOf('query {'), kindOf('')]).toEqual([undefined, undefined, undefined]);
  });

  it('has its variables, and an object where there are none', () => {
    const variablesOf = (variables: unknown) =>
      readAsked({ query: '{ a }', variables }, undefined).operation.variables;
    const variables = { input: { headers: { a: 1 } } };
    expect([variablesOf(variables), variablesOf(undefined), variablesOf(null)]).toEqual([variables, {}, {}]);
  });

  it('has its headers as text', () => {
    const headersOf = (headers?: Record<string, unknown>) =>
      readAsked({ query: '{ a }' }, headers).operation.headers;
    expect(headersOf({ 'x-a': 'b', 'x-n': 1, 'x-no': false })).toEqual({
      'x-a': 'b',
      'x-n': '1',
      'x-no': 'false',
    });
    expect(headersOf()).toEqual({});
  });
});
