import { createHash } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLOutputType,
  getNamedType,
  getOperationAST,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { isCompilable } from '../../src/graphql/compiled-queries.js';
import { errorFormatter } from '../../src/graphql/error-mapping.js';
import { readTypeDefs } from '../../src/graphql/schema.js';
import { createLog } from '../../src/log.js';
import { sampled } from '../support/sampling.js';
import { casesRun, forAllAtOnce } from './cases.js';
import { queries } from './operations.js';

/** Object of the schema whose values derive from its key. */
interface Source {
  readonly key: string;
}

/** Derives a number from 0 to 99 from a key. */
const chance = (key: string): number => (createHash('sha256').update(key).digest()[0] ?? 0) % 100;

const schema = buildSchema(readTypeDefs());
for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    const luck = chance(`${type.name}.${field.name}`);
    // Other fields are properties of the object.
    if (luck < 30)
      field.resolve = ({ key }: Source, args) => valueFor(field.type, keyOf(key, field.name, args));
    else if (luck < 60)
      field.resolve = ({ key }: Source, args) =>
        later(() => valueFor(field.type, keyOf(key, field.name, args)));
  }
}

/** Includes the arguments in the key, so that they affect the result. */
function keyOf(key: string, field: string, args: Record<string, unknown>): string {
  return `${key}.${field}${Object.keys(args).length > 0 ? JSON.stringify(args) : ''}`;
}

/** Handles the rejection, because graphql-js forgets promises of an object that another field made null. */
function later(value: () => unknown): Promise<unknown> {
  const promise = Promise.resolve().then(value);
  promise.catch(() => {});
  return promise;
}

/** Creates an object with every field as a property. */
function objectOf(typeName: string, key: string): Source {
  const object = { key };
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is not an object type`);
  for (const field of Object.values(type.getFields()))
    if (!field.resolve)
      Object.defineProperty(object, field.name, {
        enumerable: true,
        get: () => unthrown(() => valueFor(field.type, `${key}.${field.name}`)),
      });
  return object;
}

/** Returns an error instead of throwing it, like the gateway. */
function unthrown(value: () => unknown): unknown {
  try {
    return value();
  } catch (error) {
    return error;
  }
}

const failure = (key: string) => new UpstreamError('astria', 'UNAVAILABLE', `${key} has failed`);

/** Returns a value that nearly always fits the type. */
function valueFor(type: GraphQLOutputType, key: string): unknown {
  const luck = chance(key);
  if (luck < 4) return null;
  if (luck < 6) return undefined;
  if (luck < 9) throw failure(key);
  if (luck < 12) return failure(key);
  const inner = isNonNullType(type) ? type.ofType : type;
  if (luck < 14)
    return isListType(inner) ? 'not a list' : isObjectType(inner) ? objectOf(inner.name, key) : {};
  if (isListType(inner))
    return Array.from({ length: luck % 4 }, (_, n) => itemOf(inner.ofType, `${key}.${n}`));
  if (isObjectType(inner)) return objectOf(inner.name, key);
  if (isEnumType(inner)) return inner.getValues()[luck % inner.getValues().length]?.value;
  return (
    { Int: luck, Float: luck / 4, Boolean: luck > 50, ID: `id-${luck}`, String: `text ${luck}` }[
      'name' in inner ? inner.name : ''
    ] ?? luck
  );
}

/** Returns the path of an error up to the first null in the data. */
function placeOf({ path = [] }: GraphQLError, data: unknown): string {
  let value: unknown = data;
  const place: (string | number)[] = [];
  for (const key of path) {
    if (value === null) break;
    place.push(key);
    value = Object(value)[key];
  }
  return JSON.stringify(place);
}

/** Groups the formatted errors by path. */
function errorsByPlace({ data, errors = [] }: ExecutionResult): ReadonlyMap<string, ReadonlySet<string>> {
  const byPlace = new Map<string, Set<string>>();
  for (const error of errors) {
    const place = placeOf(error, data);
    const formatted = { ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    const shown = JSON.stringify(formatError(formatted, error));
    byPlace.set(place, (byPlace.get(place) ?? new Set()).add(shown));
  }
  return byPlace;
}

/**
 * Expects the same data and equivalent errors. If several fields make one object null, each result may report another
 * of their errors (GraphQL specification, 6.4.4), so one common error is enough.
 */
function expectSame(query: string, actual: ExecutionResult, expected: ExecutionResult): void {
  expect({ query, data: JSON.stringify(actual.data) }).toEqual({
    query,
    data: JSON.stringify(expected.data),
  });
  const actually = errorsByPlace(actual);
  const expectedly = errorsByPlace(expected);
  expect({ query, places: [...actually.keys()].sort() }).toEqual({
    query,
    places: [...expectedly.keys()].sort(),
  });
  for (const [place, errors] of expectedly) {
    const others = actually.get(place) ?? new Set();
    const common = [...errors].filter((error) => others.has(error));
    if (common.length === 0)
      expect({ query, place, errors: [...others] }).toEqual({ query, place, errors: [...errors] });
  }
}

/** Never rejects an object in a list, because graphql-js would leave rejected promises unhandled. */
function itemOf(type: GraphQLOutputType, key: string): unknown {
  const named = getNamedType(type);
  return isObjectType(named) ? objectOf(named.name, key) : unthrown(() => valueFor(type, key));
}

const formatError = errorFormatter(createLog('silent'));
let executed = 0;
let withErrors = 0;

it('a compiled query has the result of graphql-js, errors and nulls included', async () => {
  const requests = fc.tuple(queries(schema), fc.nat());
  await forAllAtOnce(requests, 8_000, async ([{ query, variables: text }, seed]) => {
    const variables: unknown = JSON.parse(text);
    if (typeof variables !== 'object' || variables === null) return;
    const document = parsed(query);
    if (!document || getOperationAST(document)?.operation !== 'query' || !isCompilable(document)) return;
    if (validate(schema, document).length > 0) return;
    const rootValue = objectOf('Query', String(seed));
    const compiled = compileQuery(schema, document, undefined, { disablingCapturingStackErrors: true });
    if (!isCompiledQuery(compiled)) throw new Error(JSON.stringify(compiled.errors));
    const variableValues = { ...variables };
    const expected = await execute({ schema, document, rootValue, variableValues });
    const actual = await compiled.query(rootValue, undefined, variableValues);
    expect('data' in actual).toBe('data' in expected);
    // Variables with errors are left to graphql-js.
    if (!('data' in expected)) return;
    executed += 1;
    if (expected.errors) withErrors += 1;
    expectSame(query, actual, expected);
  });
});

function parsed(query: string) {
  try {
    return parse(query);
  } catch {
    return null;
  }
}

afterAll(() => {
  expect(casesRun()).toBeGreaterThanOrEqual(sampled(8_000));
  expect(executed).toBeGreaterThanOrEqual(sampled(2_000));
  expect(withErrors).toBeGreaterThanOrEqual(sampled(200));
});
