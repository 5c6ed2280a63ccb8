import http from 'node:http';
import { createRequire } from 'node:module';
import { resolvers, typeDefs } from './shared/schema.js';
import { createLoaders, type Loaders } from './shared/sources.js';

/** Part of graphql-yoga in use. Its own types would add browser globals to the whole program. */
interface Yoga {
  createSchema(options: { typeDefs: string; resolvers: object }): object;
  createYoga(options: {
    schema: object;
    context: (initial: { req: http.IncomingMessage }) => Loaders;
    healthCheckEndpoint: string;
    graphiql: boolean;
    logging: boolean;
  }): http.RequestListener;
}

const require = createRequire(import.meta.url);
const { createSchema, createYoga }: Yoga = require('graphql-yoga');

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: ({ req }) => createLoaders(req.headers, 'single'),
  healthCheckEndpoint: '/livez',
  graphiql: false,
  logging: false,
});

http.createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1');
