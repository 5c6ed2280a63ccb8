import type { AddressInfo } from 'node:net';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { EmbeddedBackplane } from './backplane/embedded/embedded-backplane.js';
import { MemoryRateCounts } from './backplane/rate-counts.js';
import { RedisConnection } from './backplane/redis/connection.js';
import { RedisRateCounts } from './backplane/redis/rate-counts.js';
import { type AccessConfig, type Config, ConfigError } from './config.js';
import type { Log } from './domain/log.js';
import { KEY_HOLDER } from './domain/principal.js';
import type { Upstream } from './domain/upstream-error.js';
import { createContext } from './graphql/context.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import {
  readTrustedDocuments,
  type TrustedDocuments,
  TrustedDocumentsError,
} from './graphql/trusted-documents.js';
import { Access } from './http/access/access.js';
import { exposureFault } from './http/access/exposure.js';
import { JwtVerifier } from './http/access/jwt.js';
import { TokensFile } from './http/access/tokens-file.js';
import { type HostRule, localHostRule } from './http/called-host.js';
import { trustIn } from './http/client-address.js';
import { listenAt } from './http/listen.js';
import { Metrics } from './http/metrics.js';
import { RateLimiter } from './http/rate-limits.js';
import { createHttpServer } from './http/server.js';
import { type Sandbox, startSandbox } from './sandbox/index.js';
import { CallbackTargets } from './services/callbacks/callback-targets.js';
import { PromptCallbacks, type PromptCallbacksOptions } from './services/callbacks/prompt-callbacks.js';
import { refusedTarget } from './services/callbacks/targets.js';
import { Once } from './services/idempotency/once.js';
import { LiveHub } from './services/live/hub.js';
import { PromptCreation } from './services/prompts/creation.js';
import { OncePrompts, type PromptResult } from './services/prompts/once-prompts.js';
import { ReplicationService } from './services/replication/replication-service.js';
import type { Started } from './services/replication/start-once.js';
import { astriaClient } from './upstream/astria/client.js';
import { portkeyClient } from './upstream/portkey/client.js';
import { RelayPoster } from './upstream/relay-post.js';

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
 * @throws ConfigError where it would let everybody use its keys.
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  checkExposure(config, log);
  const doors = openAccess(config.access, log);
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
    { graphql, services, access, rates, trust, limits, overload, metrics, ...entrance },
    log,
  );
  const close = async () => {
    // Requests that wait for a job, or for a prompt to be found, end with it.
    await Promise.all([http.close(), stop()]);
    redis?.close();
    await parts.close();
  };
  try {
    await listenAt(http, config.host, config.port);
    const { signal } = new AbortController();
    const { promptAccount, replicationCaller } = createContext(
      services,
      { keys, principal: KEY_HOLDER },
      signal,
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
  const { signal } = new AbortController();
  return {
    sandbox,
    async execute(query, variables) {
      const admitted = graphql.documents.admit({ query });
      if (admitted instanceof GraphQLError) return { errors: [admitted] };
      const contextValue = createContext(services, { keys, principal: KEY_HOLDER }, signal);
      const { body } = await graphql.apollo.executeOperation({ query, variables }, { contextValue });
      if (body.kind !== 'single') throw new Error('an operation of the gateway has answered in parts');
      const { data, errors } = body.singleResult;
      return { data, errors };
    },
    close,
  };
}

/** Everything but the HTTP face. */
async function assemble(config: Config, log: Log) {
  const schema = createSchema();
  const trusted = trustedDocuments(config, schema);
  const backplane = new EmbeddedBackplane(config.dataDir, log);
  const sandbox = config.sandbox ? await startSandbox({ idempotency: config.astriaRepeatMs !== null }) : null;
  const upstreams = sandbox
    ? {
        astria: { baseUrl: sandbox.astriaUrl, apiKey: sandbox.astriaKey },
        portkey: { baseUrl: sandbox.portkeyUrl, apiKey: sandbox.portkeyKey },
      }
    : config;
  const metrics = new Metrics();
  const clientOptions = { deadlineMs: config.upstreamTimeoutMs, ...config.upstreamTimes, log };
  const clientOf = (upstream: Upstream) => ({
    ...clientOptions,
    baseUrl: upstreams[upstream].baseUrl,
    observe: metrics.observerOf(upstream),
  });
  const astria = astriaClient(clientOf('astria'));
  const portkey = portkeyClient(clientOf('portkey'));
  metrics.showBreakers({ astria, portkey });
  // A sandbox ends with its process, and so does everything in it.
  const ownSandbox = sandbox && backplane.process;
  const realmOf = (baseUrl: string) => ownSandbox ?? baseUrl;
  const live = new LiveHub();
  const callbacks = promptCallbacks(config, { store: backplane.callbacks, live, log });
  const creation = new PromptCreation({
    store: backplane.creates,
    callbacks,
    settleMs: config.outcomeSettleMs,
    repeatMs: config.astriaRepeatMs,
    log,
  });
  const promptKeys = new Once<PromptResult>(backplane.idempotency);
  const jobKeys = new Once<Started>(backplane.idempotency);
  const replications = new ReplicationService({
    store: backplane.replications,
    once: jobKeys,
    settleMs: config.outcomeSettleMs,
    sandbox: ownSandbox,
    live,
    log,
  });
  const stop = () => Promise.all([replications.close(), creation.close()]);
  metrics.showWork({ followed: () => live.size, replications: () => replications.running });
  const { queryLimits: limits, introspection } = config;
  const documents = { limits, trusted, introspection };
  const graphql = createGraphQLServer(schema, log, documents, metrics.plugin);
  await graphql.apollo.start();
  return {
    graphql,
    metrics,
    services: {
      astria,
      portkey,
      realms: { astria: realmOf(upstreams.astria.baseUrl), portkey: realmOf(upstreams.portkey.baseUrl) },
      replications,
      oncePrompts: new OncePrompts(creation, promptKeys),
      callbackTargets: new CallbackTargets(callbacks, config.allowPrivateCallbacks),
      callbacks,
      live,
      log,
    },
    keys: { astria: upstreams.astria.apiKey, portkey: upstreams.portkey.apiKey },
    astriaUrl: upstreams.astria.baseUrl,
    sandbox,
    stop,
    async close() {
      live.close();
      await Promise.all([stop(), callbacks.close()]);
      await graphql.apollo.stop();
      metrics.close();
      await Promise.all([astria.close(), portkey.close(), sandbox?.close()]);
      // What was cut off just now is recorded.
      await Promise.all([creation.idle(), promptKeys.idle(), jobKeys.idle()]);
      backplane.close();
    },
  };
}

/** @throws ConfigError with all that is wrong in the file. */
function trustedDocuments(config: Config, schema: GraphQLSchema): TrustedDocuments | null {
  const { trustedDocuments: given, queryLimits } = config;
  try {
    return given && readTrustedDocuments(given, schema, queryLimits);
  } catch (error) {
    if (!(error instanceof TrustedDocumentsError)) throw error;
    throw new ConfigError(error.faults.map((fault) => `TRUSTED_DOCUMENTS: ${error.file}: ${fault}`));
  }
}

function promptCallbacks(
  { publicUrl, allowPrivateCallbacks: allowPrivate, callbackRetryMs: retryMs }: Config,
  parts: Pick<PromptCallbacksOptions, 'store' | 'live' | 'log'>,
): PromptCallbacks {
  const poster = new RelayPoster({ refused: (url) => refusedTarget(url, allowPrivate), allowPrivate });
  return new PromptCallbacks({ ...parts, publicUrl, poster, retryMs });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Without Redis each gateway counts by itself. */
async function openRates({ redisUrl, rateLimits }: Config, log: Log) {
  const own = new MemoryRateCounts();
  const redis = redisUrl === null ? null : await RedisConnection.open(redisUrl, log);
  return { redis, rates: new RateLimiter(rateLimits, redis ? new RedisRateCounts(redis, own) : own) };
}

/** @throws TokensFileError where the file of tokens cannot be used. */
function openAccess({ tokensFile, jwt }: AccessConfig, log: Log) {
  return {
    tokens: tokensFile === null ? null : new TokensFile(tokensFile, log),
    jwt: jwt && new JwtVerifier(jwt, log),
  };
}

/** Who may use the gateway's own keys without more ado is known by the machine alone; null: it matters not what it is called. */
function hostRule({ host, publicUrl, access, sandbox, astria, portkey }: Config): HostRule | null {
  const isOpen = access.tokensFile === null && access.jwt === null;
  const holdsKeys = astria.apiKey !== null || portkey.apiKey !== null;
  if (sandbox || !isOpen || !holdsKeys) return null;
  return localHostRule(publicUrl === null ? [host] : [host, publicUrl]);
}

/** The sandbox's keys buy nothing. */
function checkExposure({ host, access, sandbox, publicUrl, ...config }: Config, log: Log): void {
  const own = { astria: config.astria.apiKey, portkey: config.portkey.apiKey };
  const isOpen = access.tokensFile === null && access.jwt === null;
  if (sandbox) return;
  const fault = exposureFault(host, own, isOpen);
  if (fault) throw new ConfigError([fault]);
  if (publicUrl !== null && exposureFault(new URL(publicUrl).hostname, own, isOpen))
    log.warn(
      {},
      "PUBLIC_URL leads here, and whoever comes that way can use the gateway's own keys: set AUTH_TOKENS_FILE or AUTH_JWKS_URL, or let nothing but /webhooks through",
    );
}
