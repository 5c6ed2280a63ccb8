import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyStaticOptions } from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { KEY_HOLDER } from '../domain/principal.js';
import { readTypeDefs } from '../graphql/schema.js';
import type { GraphQLOptions } from './graphql/graphql-route.js';
import { RequestError } from './request-error.js';

/** The built page, and the data that it shows. */
export interface Playground {
  /** Folder with the build output. */
  readonly folder: string;
  /** The page, as HTML. */
  readonly page: string;
  /** Source of the schema (SDL), or null if it must not be shown. */
  readonly schema: string | null;
}

/** Thrown if the playground has not been built. */
export class NotBuiltError extends Error {
  override readonly name = 'NotBuiltError';
}

const FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const PLAIN_TEXT = 'text/plain; charset=utf-8';
const TOKEN_REQUIRED = 'The schema requires a token of this gateway. Send authorization: Bearer <token>.';
const NO_SCHEMA = 'The schema is not available because INTROSPECTION is false.\n';

/** @param folder Folder with the page and the files that it loads. @throws NotBuiltError */
export function readPlayground(
  options: {
    /** Kind of upstreams, which the page displays. */
    readonly mode: 'sandbox' | 'live';
    readonly showsSchema: boolean;
  },
  folder: string = FOLDER,
): Playground {
  const page = readPage(folder).replace('%PROMPTGATE_MODE%', options.mode);
  return { folder, page, schema: options.showsSchema ? readTypeDefs() : null };
}

function readPage(folder: string): string {
  try {
    return readFileSync(path.join(folder, 'index.html'), 'utf8');
  } catch {
    throw new NotBuiltError(`There is no page in ${folder}.`);
  }
}

/** Registers the page at `/` and its assets, the documents at `/docs/`, and the schema at `/schema.graphql`. */
export function playgroundRoutes(
  app: FastifyInstance,
  { folder, page, schema }: Playground,
  { access, rates }: Pick<GraphQLOptions, 'access' | 'rates'>,
): void {
  const sendPage = textSender(page, 'text/html; charset=utf-8');
  app.get('/', (request, reply) => sendPage(request, reply.header('cache-control', 'no-cache')));
  const sendSchema = schema === null ? null : textSender(schema, PLAIN_TEXT);
  app.get('/schema.graphql', {
    async onRequest({ headers }, reply) {
      reply.header('cache-control', 'no-store');
      // Without a schema, no authentication is needed.
      if (sendSchema === null) return;
      const { principal, rateLimitKey } = await access.authenticate(headers);
      await rates.limitPrincipal(rateLimitKey, reply);
      // A caller can send any string as its upstream key. Only the upstream knows if it is valid.
      if (!access.isOpen && principal === KEY_HOLDER)
        throw new RequestError(403, 'FORBIDDEN', TOKEN_REQUIRED);
    },
    handler: (request, reply) =>
      sendSchema?.(request, reply.header('cache-control', 'private, no-cache')) ??
      reply.code(404).type(PLAIN_TEXT).send(NO_SCHEMA),
  });
  // The router also matches a trailing slash. A relative URL keeps a path prefix that a proxy has removed.
  app.get('/docs', ({ url }, reply) =>
    reply.redirect(/^[^?]*\/(\?|$)/.test(url) ? 'readme.html' : 'docs/readme.html'),
  );
  // The name of a file in this folder contains a hash of its content.
  serveFolder(app, folder, 'assets', { maxAge: YEAR_MS, immutable: true });
  serveFolder(app, folder, 'docs', {
    cacheControl: false,
    setHeaders: (response) => response.setHeader('cache-control', 'no-cache'),
  });
}

/** Returns a function that sends a constant string, or 304 to a client that already has it. */
function textSender(text: string, type: string) {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  return ({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.header('etag', tag);
    // A compressing proxy turns the tags into weak ones.
    const cached = (headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
    if (cached.includes(tag)) return reply.code(304).send();
    return reply.type(type).send(text);
  };
}

/** Serves only the files of a folder, compressed in an encoding that the client accepts. */
function serveFolder(
  app: FastifyInstance,
  parent: string,
  name: string,
  options: Omit<FastifyStaticOptions, 'root' | 'serve'>,
): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      const vary = reply.getHeader('vary');
      reply.header('vary', vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`);
      done();
    });
    await scope.register(import('@fastify/static'), {
      root: path.join(parent, name),
      prefix: `/${name}/`,
      preCompressed: true,
      index: false,
      // The compressed files have no separate URLs.
      allowedPath: (url) => /^\/[\w-][\w.-]*(?<!\.br|\.gz)$/.test(url),
      ...options,
    });
  });
}
