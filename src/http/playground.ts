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

/** What the build has made for people to look at, and what is told to them. */
export interface Playground {
  /** Where the build has put it. */
  readonly folder: string;
  /** The page, as HTML. */
  readonly page: string;
  /** The gateway's schema as its own text (SDL); null: nobody is to have it. */
  readonly schema: string | null;
}

/** The playground has not been built. */
export class NotBuiltError extends Error {
  override readonly name = 'NotBuiltError';
}

const FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const PLAIN = 'text/plain; charset=utf-8';
const NO_SCHEMA = 'The schema is not available because INTROSPECTION is false.\n';

/** @param folder Where the build has put the page, and beside it what the page loads. @throws NotBuiltError */
export function readPlayground(
  options: {
    /** What stands behind the gateway; the page says which. */
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

/** The page at `/` and what it loads, the documents at `/docs/`, and the schema at `/schema.graphql`. */
export function playgroundRoutes(
  app: FastifyInstance,
  { folder, page, schema }: Playground,
  { access, rates }: Pick<GraphQLOptions, 'access' | 'rates'>,
): void {
  const sendPage = textSender(page, 'text/html; charset=utf-8');
  app.get('/', (request, reply) => sendPage(request, reply.header('cache-control', 'no-cache')));
  const sendSchema = schema === null ? null : textSender(schema, PLAIN);
  app.get('/schema.graphql', {
    async onRequest({ headers }, reply) {
      reply.header('cache-control', 'no-store');
      // Where there is none nobody is asked who they are.
      if (sendSchema === null) return;
      const { principal, countedAs } = await access.admit(headers);
      await rates.holdPrincipal(countedAs, reply);
      // Any text can be a key of somebody's own; whether it is one only the upstream knows.
      if (!access.isOpen && principal === KEY_HOLDER)
        throw new RequestError(
          403,
          'FORBIDDEN',
          'The schema requires a token of this gateway. Send authorization: Bearer <token>.',
        );
    },
    handler: (request, reply) =>
      sendSchema?.(request, reply.header('cache-control', 'private, no-cache')) ??
      reply.code(404).type(PLAIN).send(NO_SCHEMA),
  });
  // The router takes both without the slash at the end as well. The browser puts what a proxy has taken off before it.
  app.get('/docs', ({ url }, reply) =>
    reply.redirect(/^[^?]*\/(\?|$)/.test(url) ? 'readme.html' : 'docs/readme.html'),
  );
  // What is in a file of this folder is in its name.
  serveFolder(app, folder, 'assets', { maxAge: YEAR_MS, immutable: true });
  serveFolder(app, folder, 'docs', {
    cacheControl: false,
    setHeaders: (response) => response.setHeader('cache-control', 'no-cache'),
  });
}

/** Sends a text that stays the same while the process lives, to who has it already its tag alone. */
function textSender(text: string, type: string) {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  return ({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.header('etag', tag);
    // A proxy that compresses makes weak tags of them.
    const known = (headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
    if (known.includes(tag)) return reply.code(304).send();
    return reply.type(type).send(text);
  };
}

/** Serves the files of a folder, in the compressed form of theirs that the client takes, and nothing else. */
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
      // The compressed forms have no address of their own.
      allowedPath: (asked) => /^\/[\w-][\w.-]*(?<!\.br|\.gz)$/.test(asked),
      ...options,
    });
  });
}
