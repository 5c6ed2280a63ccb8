import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { astria } from './astria/index.js';
import { type ApiContract, type Endpoint, findEndpoint, type MatchedEndpoint } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { type FieldProblem, fieldProblems } from './issues.js';
import { parseForm } from './parse-form.js';
import { portkey } from './portkey/index.js';

export interface Violation extends FieldProblem {
  readonly endpoint: string;
  readonly side: 'request' | 'response';
}

type Found = Omit<Violation, 'endpoint'>;

const APIS: Readonly<Record<Exchange['upstream'], ApiContract>> = { astria, portkey };
const ABSENT = { field: 'body', problem: 'is required' };

/** Returns the differences between an exchange and the public documentation of the API. */
export function checkExchange(exchange: Exchange): Violation[] {
  const api = APIS[exchange.upstream];
  const match = findEndpoint(api, exchange.method, pathOf(exchange));
  const endpoint = match ? match.endpoint.path : pathOf(exchange);
  const found = match
    ? [...checkRequest(api, match, exchange), ...checkResponse(api, match.endpoint, exchange)]
    : checkUnknown(exchange);
  return found.map((violation) => ({
    endpoint: `${exchange.upstream} ${exchange.method} ${endpoint}`,
    ...violation,
  }));
}

export function describeViolation({ endpoint, side, field, problem }: Violation): string {
  return `${endpoint} ${side}: ${field}: ${problem}`;
}

/** Removes `.json`, in which every path of Astria may end. */
const pathOf = ({ upstream, path }: Exchange) => (upstream === 'astria' ? path.replace(/\.json$/, '') : path);

function checkUnknown({ status, fault }: Exchange): Found[] {
  const request: Found = { side: 'request', field: 'path', problem: 'is not a documented endpoint' };
  const response: Found = {
    side: 'response',
    field: 'status',
    problem: `${status} of an undocumented endpoint`,
  };
  return status >= 400 || fault ? [request] : [request, response];
}

function checkRequest(
  api: ApiContract,
  { endpoint, parameters }: MatchedEndpoint,
  exchange: Exchange,
): Found[] {
  const { request } = endpoint;
  const problems = [
    ...parameters.flatMap(([name, value]) =>
      under('path', api.pathParameters[name], { [name]: value }, name),
    ),
    ...under('query', request.query, exchange.query),
    ...within('headers', fieldProblems(request.headers ?? api.headers, exchange.headers)),
    ...checkBody(request, exchange),
  ];
  return problems.map((problem) => ({ side: 'request', ...problem }));
}

function checkBody({ json, form, bodyOptional }: Endpoint['request'], exchange: Exchange): FieldProblem[] {
  const { body, headers } = exchange;
  const isExpected = json !== undefined || form !== undefined;
  if (body === null) return isExpected && !bodyOptional ? [ABSENT] : [];
  const isForm = headers['content-type']?.startsWith('multipart/form-data') ?? false;
  const schema = isForm ? form : json;
  if (!schema) return [{ field: 'body', problem: `${isForm ? 'a form' : 'JSON'} is not documented` }];
  return within('body', fieldProblems(schema, isForm ? parseForm(body) : body));
}

function checkResponse(api: ApiContract, endpoint: Endpoint, exchange: Exchange): Found[] {
  if (exchange.fault) return [];
  const { status } = exchange;
  const schema = endpoint.responses[status] ?? (status >= 400 ? api.errorBody(status) : null);
  if (!schema) return [{ side: 'response', field: 'status', problem: `${status} is not documented` }];
  const problems = exchange.contentType.startsWith('text/event-stream')
    ? checkStream(endpoint, exchange.responseText)
    : checkJson(schema, exchange.responseText);
  return within(String(status), problems).map((problem) => ({ side: 'response', ...problem }));
}

function checkStream({ streamEvent }: Endpoint, text: string): FieldProblem[] {
  if (!streamEvent) return [{ field: '', problem: 'a stream is not documented' }];
  const data = text.split('\n').filter((line) => line.startsWith('data:'));
  return data
    .map((line) => line.slice('data:'.length).trim())
    .filter((event) => event !== '[DONE]')
    .flatMap((event) => checkJson(streamEvent, event));
}

/** Maximum number of characters of the cached bodies per schema. */
const MAX_REMEMBERED = 4_000_000;
/** Caches bodies without problems by schema, since tests read the same objects many times. */
const correct = new WeakMap<z.ZodType, LRUCache<string, true>>();

function correctBodies(schema: z.ZodType): LRUCache<string, true> {
  const known = correct.get(schema);
  if (known) return known;
  const created = new LRUCache<string, true>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: (_value, text) => text.length,
  });
  correct.set(schema, created);
  return created;
}

function checkJson(schema: z.ZodType, text: string): FieldProblem[] {
  if (text === '') return fieldProblems(schema, undefined);
  const known = correctBodies(schema);
  if (known.get(text)) return [];
  try {
    const problems = fieldProblems(schema, JSON.parse(text));
    if (problems.length === 0) known.set(text, true);
    return problems;
  } catch (error) {
    if (error instanceof SyntaxError) return [{ field: '', problem: 'is not JSON' }];
    throw error;
  }
}

/** Checks named values. Without a schema, every value is a violation. */
function under(
  part: string,
  schema: z.ZodType | undefined,
  values: Readonly<Record<string, string>>,
  name?: string,
): FieldProblem[] {
  if (!schema) {
    return Object.keys(values).map((key) => ({ field: `${part}.${key}`, problem: 'is not documented' }));
  }
  if (name === undefined) return within(part, fieldProblems(schema, values));
  return within(`${part}.${name}`, fieldProblems(schema, values[name]));
}

function within(part: string, problems: readonly FieldProblem[]): FieldProblem[] {
  return problems.map(({ field, problem }) => ({ field: field === '' ? part : `${part}.${field}`, problem }));
}
