import type { AddressInfo } from 'node:net';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';
import { KEY_HOLDER } from './domain/principal.js';
import { checkExposure, hostRule, openAccess, openPlayground, openRates } from './door.js';
import { createContext, createUncancellable } from './graphql/context.js';
import { OperationRejectedError } from './graphql/operation-rejected.js';
import { Access } from './http/access/access.js';
import { trustIn } from './http/limits/client-address.js';
import { listenAt } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { sweepUploads } from './http/uploads/temporary-files.js';
import { assemble } from './parts.js';
import type { Sandbox } from './sandbox/index.js';

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

/**
 * Puts the gateway together and starts it; what was cut off goes on where it has the key.
 * @throws ConfigError where it would let everybody use its keys, or has not been built.
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  checkExposure(config, log);
  const doors = await openAccess(config.access, log);
  const playground = openPlayground(config);
  const { graphql, metrics, services, keys, astriaUrl, sandbox, stop, ...parts } = await assemble(
    config,
    log,
  );
  const limits = { maxFileBytes: config.maxUploadBytes, maxBodyBytes: config.maxBodyBytes };
  const { publicUrl, overload, corsOrigins, maxConnections, clientTimeouts } = config;
  const isHere = hostRule(config);
  const access = new Access({ keys, ...doors });
  const entrance = { publicUrl, astriaUrl, corsOrigins, maxConnections, clientTimeouts, isHere };
  const { redis, rates } = await openRates(config, log);
  const trust = trustIn(config.trustedProxies);
  const http = await createHttpServer(
    { graphql, services, access, rates, trust, limits, overload, metrics, playground, ...entrance },
    log,
  );
  const close = async () => {
    // Requests that wait for a job, or for a prompt to be found, end with it.
    await Promise.all([http.close(), stop()]);
    redis?.close();
    await parts.close();
  };
  try {
    await sweepUploads();
    await listenAt(http, config.host, config.port);
    const { promptAccount, replicationCaller } = createContext(
      services,
      { keys, principal: KEY_HOLDER },
      createUncancellable(),
    );
    await services.callbacks.recover(keys.astria === null ? null : promptAccount);
    if (keys.portkey !== null) await services.replications.recover(replicationCaller);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(http.server.address() as AddressInfo), sandbox, close };
}

/** Puts the gateway together for one process's own use. */
export async function openGateway(config: Config, log: Log): Promise<LocalGateway> {
  // What this process asks for is its own.
  const own = { ...config, trustedDocuments: null };
  const { graphql, services, keys, sandbox, close } = await assemble(own, log);
  return {
    sandbox,
    async execute(query, variables) {
      try {
        const operation = graphql.check(graphql.find({ query, variables }));
        const context = createContext(services, { keys, principal: KEY_HOLDER }, createUncancellable());
        return (await graphql.execute(operation, context)).result;
      } catch (error) {
        if (error instanceof OperationRejectedError) return { errors: error.errors };
        throw error;
      }
    },
    close,
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
