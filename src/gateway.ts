import type { AddressInfo } from 'node:net';
import { parse, subscribe } from 'graphql';
import { SqliteReplicationStore } from './backplane/embedded/sqlite-replication-store.js';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';
import { createContext } from './graphql/context.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { createHttpServer } from './http/server.js';
import { type Sandbox, startSandbox } from './sandbox/index.js';
import { ReplicationService } from './services/replication/replication-service.js';
import { astriaClient } from './upstream/astria/client.js';
import { portkeyClient } from './upstream/portkey/client.js';

/** What a GraphQL operation comes to. */
export interface GraphQLAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

/** A gateway that does not listen: operations are executed in the process, under its own keys. */
export interface LocalGateway {
  /** The emulated upstreams, where it has them. */
  readonly sandbox: Sandbox | null;
  execute(query: string, variables: Record<string, unknown>): Promise<GraphQLAnswer>;
  /** The events of a subscription, or why there are none. */
  subscribe(
    query: string,
    variables: Record<string, unknown>,
  ): Promise<AsyncGenerator<GraphQLAnswer, void, void> | GraphQLAnswer>;
  /** Ends what is going on, and lets go of everything. */
  close(): Promise<void>;
}

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The emulated upstreams, where it has them. */
  readonly sandbox: Sandbox | null;
  /** Stops listening, ends what is going on, and lets go of everything. */
  close(): Promise<void>;
}

/** Puts the gateway together and starts it; replications of its own key that were cut off go on. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const { graphql, services, keys, sandbox, close: closeParts } = await assemble(config, log);
  const limits = { maxFileBytes: config.maxUploadBytes };
  const http = createHttpServer({ graphql, services, keys, limits }, log);
  const close = async () => {
    // Requests that wait for a job end with it.
    await Promise.all([http.close(), services.replications.close()]);
    await closeParts();
  };
  try {
    await http.listen({ host: config.host, port: config.port });
    const { signal } = new AbortController();
    if (keys.portkey) {
      await services.replications.recover(createContext(services, keys, signal).replicationCaller);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(http.server.address() as AddressInfo), sandbox, close };
}

/** Puts the gateway together for one process's own use. */
export async function openGateway(config: Config, log: Log): Promise<LocalGateway> {
  const { schema, graphql, services, keys, sandbox, close } = await assemble(config, log);
  const { signal } = new AbortController();
  return {
    sandbox,
    async execute(query, variables) {
      const contextValue = createContext(services, keys, signal);
      const { body } = await graphql.executeOperation({ query, variables }, { contextValue });
      if (body.kind !== 'single') throw new Error('an operation of the gateway has answered in parts');
      const { data, errors } = body.singleResult;
      return { data, errors };
    },
    subscribe: async (query, variableValues) => {
      const contextValue = createContext(services, keys, signal);
      return subscribe({ schema, document: parse(query), variableValues, contextValue });
    },
    close,
  };
}

/** Everything but the HTTP face. */
async function assemble(config: Config, log: Log) {
  const store = new SqliteReplicationStore(config.dataDir, log);
  const sandbox = config.sandbox ? await startSandbox() : null;
  const upstreams = sandbox
    ? {
        astria: { baseUrl: sandbox.astriaUrl, apiKey: sandbox.astriaKey },
        portkey: { baseUrl: sandbox.portkeyUrl, apiKey: sandbox.portkeyKey },
      }
    : config;
  const clientOptions = { deadlineMs: config.upstreamTimeoutMs, log };
  const astria = astriaClient({ ...clientOptions, baseUrl: upstreams.astria.baseUrl });
  const portkey = portkeyClient({ ...clientOptions, baseUrl: upstreams.portkey.baseUrl });
  const replications = new ReplicationService({
    store,
    settleMs: config.outcomeSettleMs,
    sandbox: sandbox && store.process,
    log,
  });
  const schema = createSchema();
  const graphql = createGraphQLServer(schema, log);
  await graphql.start();
  return {
    schema,
    graphql,
    services: { astria, portkey, replications, log },
    keys: { astria: upstreams.astria.apiKey, portkey: upstreams.portkey.apiKey },
    sandbox,
    async close() {
      await replications.close();
      await graphql.stop();
      await Promise.all([astria.close(), portkey.close(), sandbox?.close()]);
      store.close();
    },
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
