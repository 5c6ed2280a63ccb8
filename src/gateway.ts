import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ResourceStack } from './async/resource-stack.js';
import {
  checkExposure,
  createAccessControl,
  createHostCheck,
  createRateLimiter,
  loadPlayground,
} from './composition/access-control.js';
import { type Core, createCore } from './composition/core.js';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';
import { KEY_HOLDER } from './domain/principal.js';
import { createContext, createUncancellable, type RequestContext } from './graphql/context.js';
import { OperationRejectedError } from './graphql/operation-request.js';
import { createTrustProxy } from './http/limits/client-address.js';
import { createHttpServer, listenAt } from './http/server.js';
import { sweepUploads } from './http/uploads/graphql-upload-patches.js';
import type { Sandbox } from './sandbox/index.js';

/** Result of a GraphQL operation. */
export interface GraphQLResponse {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

/** Gateway that does not listen. It executes operations in this process, with its own keys. */
export interface LocalGateway {
  /** The emulated upstreams, or null with real ones. */
  readonly sandbox: Sandbox | null;
  execute(query: string, variables: Record<string, unknown>): Promise<GraphQLResponse>;
  /** Ends all work and releases all resources. */
  close(): Promise<void>;
}

export interface Gateway {
  /** URL at which it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The emulated upstreams, or null with real ones. */
  readonly sandbox: Sandbox | null;
  /** Stops listening, ends all work, and releases all resources. */
  close(): Promise<void>;
}

/**
 * Creates and starts a gateway. It resumes interrupted work with its own keys.
 * @throws ConfigError if every client could use its keys, or if its playground has not been built.
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  checkExposure(config, log);
  const createAccess = await createAccessControl(config.access, log);
  const playground = loadPlayground(config);
  const resources = new ResourceStack();
  try {
    const core = await createCore(config, log, resources);
    const { graphql, services, keys, astriaUrl, metrics, sandbox } = core;
    const rates = await createRateLimiter(config, log, resources);
    const { publicUrl, overload, corsOrigins, maxConnections, clientTimeouts } = config;
    const http = await createHttpServer(
      {
        ...{ graphql, services, metrics, playground, rates, astriaUrl },
        ...{ publicUrl, overload, corsOrigins, maxConnections, clientTimeouts },
        access: createAccess(keys),
        isAllowedHost: createHostCheck(config),
        isTrustedProxy: createTrustProxy(config.trustedProxies),
        limits: { maxFileBytes: config.maxUploadBytes, maxBodyBytes: config.maxBodyBytes },
      },
      log,
    );
    resources.defer(() => stopServing(http, core));
    await sweepUploads();
    await listenAt(http, config.host, config.port);
    await resumeWork(core);
    const url = urlOf(http.server.address() as AddressInfo);
    return { url, sandbox, close: () => resources.close() };
  } catch (error) {
    await resources.close().catch(() => {});
    throw error;
  }
}

/** Creates a gateway for this process alone. Its operations bypass trusted documents. */
export async function openGateway(config: Config, log: Log): Promise<LocalGateway> {
  const resources = new ResourceStack();
  try {
    const core = await createCore({ ...config, trustedDocuments: null }, log, resources);
    resources.defer(() => core.stopWork());
    const execute = (query: string, variables: Record<string, unknown>) => executeIn(core, query, variables);
    return { sandbox: core.sandbox, execute, close: () => resources.close() };
  } catch (error) {
    await resources.close().catch(() => {});
    throw error;
  }
}

async function executeIn(
  core: Core,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphQLResponse> {
  const { graphql } = core;
  try {
    const operation = graphql.check(graphql.find({ query, variables }));
    return (await graphql.execute(operation, ownContext(core))).result;
  } catch (error) {
    if (error instanceof OperationRejectedError) return { errors: error.errors };
    throw error;
  }
}

/** Stops the server and the work that its requests wait for. @throws the first error, after both have ended. */
async function stopServing(http: FastifyInstance, core: Core): Promise<void> {
  const results = await Promise.allSettled([http.close(), core.stopWork()]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Resumes callbacks and replications that an earlier process left unfinished. */
async function resumeWork(core: Core): Promise<void> {
  const { services, keys } = core;
  const { promptAccount, replicationCaller } = ownContext(core);
  await services.callbacks.recover(keys.astria === null ? null : promptAccount);
  if (keys.portkey !== null) await services.replications.recover(replicationCaller);
}

/** Returns a context with the gateway's own keys. */
function ownContext({ services, keys }: Core): RequestContext {
  return createContext(services, { keys, principal: KEY_HOLDER }, createUncancellable());
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
