import type { z } from 'zod';

/** Schemas of one request. A part without a schema must be absent from the request. */
export interface RequestContract {
  readonly headers?: z.ZodType;
  /** Values of a repeated parameter are joined with a comma. */
  readonly query?: z.ZodType;
  readonly json?: z.ZodType;
  /** Multipart body as nested objects; see `parseForm`. */
  readonly form?: z.ZodType;
  readonly bodyOptional?: true;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A segment that starts with a colon names a path parameter of the API. */
  readonly path: string;
  readonly request: RequestContract;
  /** Schemas by success status. An empty body is undefined. */
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Schema of each `data:` event of a streamed response. */
  readonly streamEvent?: z.ZodType;
}

export interface ApiContract {
  readonly headers: z.ZodType;
  readonly pathParameters: Readonly<Record<string, z.ZodType>>;
  /** A static path comes before the parameterized paths that match it too. */
  readonly endpoints: readonly Endpoint[];
  /** Returns the schema of an error body, or null for a status that is not documented. */
  readonly errorBody: (status: number) => z.ZodType | null;
}

export interface MatchedEndpoint {
  readonly endpoint: Endpoint;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export function findEndpoint(api: ApiContract, method: string, path: string): MatchedEndpoint | null {
  for (const endpoint of api.endpoints) {
    if (endpoint.method !== method) continue;
    const parameters = matchPath(endpoint.path, path);
    if (parameters) return { endpoint, parameters };
  }
  return null;
}

function matchPath(pattern: string, path: string): [string, string][] | null {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return null;
  const parameters: [string, string][] = [];
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? '';
    if (segment.startsWith(':')) parameters.push([segment.slice(1), decodeSegment(value)]);
    else if (segment !== value) return null;
  }
  return parameters;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
