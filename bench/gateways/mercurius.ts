import { makeExecutableSchema } from '@graphql-tools/schema';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { resolvers, typeDefs } from './shared/schema.js';
import { createLoaders } from './shared/sources.js';

const app = fastify();
await app.register(mercurius, {
  schema: makeExecutableSchema({ typeDefs, resolvers }),
  // Compile each operation at its first execution.
  jit: 1,
  context: (request) => createLoaders(request.headers, 'single'),
});
app.get('/livez', () => 'ok\n');
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
