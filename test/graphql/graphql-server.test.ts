import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLError, type GraphQLSchema } from 'graphql';
import { parseConfig } from '../../src/config.js';
import type { RequestContext } from '../../src/graphql/context.js';
import { Documents } from '../../src/graphql/documents.js';
import { GraphQLServer } from '../../src/graphql/graphql-server.js';
import { OperationRejectedError } from '../../src/graphql/operation-request.js';
import { createLog } from '../../src/log.js';
import { until } from '../support/gateway.js';

const { queryLimits: limits } = parseConfig({});

function schemaOf(resolve: () => Promise<string>): GraphQLSchema {
  const schema = buildSchema('type Query { word: String } type Mutation { word: String }');
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    const field = type?.getFields().word;
    if (field) field.resolve = resolve;
  }
  return schema;
}

describe('operation whose token expires while it runs', () => {
  let finish = (_word: string) => {};
  let isRunning = false;
  const schema = schemaOf(() => {
    isRunning = true;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const server = new GraphQLServer({
    schema,
    limits,
    trusted: null,
    introspection: true,
    log: createLog('silent'),
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  it.each(['query', 'mutation'])(
    'an operation whose token expires while it runs returns its result: a %s',
    async (type) => {
      let isAdmitted = true;
      isRunning = false;
      const operation = server.check(server.find({ query: `${type} { word }` }));
      const context = {
        newContext: () => ({}) as RequestContext,
        isStillAuthorized: () => isAdmitted,
        abortController: new AbortController(),
      };
      const results = server.stream(operation, context, (result) => result);
      const first = results.next();
      await until(
        () => isRunning,
        (value) => value,
      );
      isAdmitted = false;
      finish('done');
      expect(await first).toEqual({ done: false, value: { data: { word: 'done' } } });
      expect(await results.next()).toEqual({ done: true, value: undefined });
      expect(context.abortController.signal.aborted).toBe(true);
    },
  );
});

describe('documents', () => {
  const formatError = ({ message }: GraphQLError) => ({ message });
  const documents = new Documents({
    schema: schemaOf(async () => ''),
    limits,
    trusted: null,
    introspection: true,
    formatError,
  });

  it('documents are cached when they are valid', () => {
    const document = documents.find({ query: '{ word }' });
    documents.validate(document);
    expect(documents.byHash(document.hash)).toBe(document);
    expect(documents.find({ query: '{ word }' })).toBe(document);
  });

  it('documents are not cached before validation, nor after rejection', () => {
    const document = documents.find({ query: '{ wrod }' });
    expect(() => documents.validate(document)).toThrow(OperationRejectedError);
    expect(() => documents.validate(document)).toThrow(OperationRejectedError);
    expect(documents.byHash(document.hash)).toBeUndefined();
    expect(documents.find({ query: '{ wrod }' })).not.toBe(document);
  });

  it.each([[{ toString: 1, valueOf: 1 }], [7], [null], [['a']], [undefined]])(
    'documents are not found by the invalid hash %j',
    (sha256Hash) => {
      const extensions = { persistedQuery: { version: 1, sha256Hash } };
      const rejection = (kind: string) => expect.objectContaining({ name: 'OperationRejectedError', kind });
      expect(() => documents.find({ extensions })).toThrow(rejection('unknown-document'));
      expect(() => documents.find({ query: '{ word }', extensions })).toThrow(rejection('malformed'));
    },
  );
});
