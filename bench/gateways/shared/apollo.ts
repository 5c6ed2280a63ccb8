import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import fastify from 'fastify';
import { resolvers, typeDefs } from './schema.js';
import { createLoaders, type Loaders, type TuneReads } from './sources.js';
import { acceptUploads, uploadResolvers, uploadTypeDefs } from './uploads.js';

/** Starts Apollo Server on Fastify. The context of each request contains its loaders. */
export async function startApollo(tuneReads: TuneReads): Promise<void> {
  const app = fastify();
  const apollo = new ApolloServer<Loaders>({
    typeDefs: [typeDefs, uploadTypeDefs],
    resolvers: { ...resolvers, ...uploadResolvers },
    introspection: false,
    plugins: [fastifyApolloDrainPlugin(app)],
  });
  acceptUploads(app);
  await apollo.start();
  await app.register(fastifyApollo(apollo), {
    context: async (request) => createLoaders(request.headers, tuneReads),
  });
  app.get('/livez', () => 'ok\n');
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}
