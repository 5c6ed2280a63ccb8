interface Match<Handler> {
  handler: Handler;
  params: Record<string, string>;
}

interface Route<Handler> {
  method: string;
  segments: string[];
  handler: Handler;
}

/** Matches keys such as 'GET /tunes/:id' in table order, so `/prompts/partials` must precede `/prompts/:id`. */
export class Router<Handler> {
  readonly #routes: Route<Handler>[];

  constructor(table: Record<string, Handler>) {
    this.#routes = Object.entries(table).map(([key, handler]) => {
      const [method = '', path = ''] = key.split(' ');
      return { method, segments: path.split('/').slice(1), handler };
    });
  }

  find(method: string, path: string): Match<Handler> | null {
    const segments = path.split('/').slice(1);
    for (const route of this.#routes) {
      if (route.method !== method || route.segments.length !== segments.length) continue;
      const params = bind(route.segments, segments);
      if (params) return { handler: route.handler, params };
    }
    return null;
  }
}

function bind(pattern: string[], segments: string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== actual) return null;
      continue;
    }
    const value = decode(actual);
    if (!value) return null;
    params[expected.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
