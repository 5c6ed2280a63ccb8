import type { AddressInfo } from 'node:net';
import { EmbeddedBackplane } from './backplane/embedded/embedded-backplane.js';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';
import { createContext } from './graphql/context.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
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

/** Puts the gateway together and starts it; what was cut off goes on where it has the key. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const { graphql, services, keys, sandbox, stop, close: closeParts } = await assemble(config, log);
  const limits = { maxFileBytes: config.maxUploadBytes };
  const { publicUrl } = config;
  const http = createHttpServer({ graphql, services, keys, limits, publicUrl }, log);
  const close = async () => {
    // Requests that wait for a job, or for a prompt to be found, end with it.
    await Promise.all([http.close(), stop()]);
    await closeParts();
  };
  try {
    await http.listen({ host: config.host, port: config.port });
    const { signal } = new AbortController();
    const { promptAccount, replicationCaller } = createContext(services, keys, signal);
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
  const { graphql, services, keys, sandbox, close } = await assemble(config, log);
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
    close,
  };
}

/** Everything but the HTTP face. */
async function assemble(config: Config, log: Log) {
  const backplane = new EmbeddedBackplane(config.dataDir, log);
  const sandbox = config.sandbox ? await startSandbox({ idempotency: config.astriaRepeatMs !== null }) : null;
  const upstreams = sandbox
    ? {
        astria: { baseUrl: sandbox.astriaUrl, apiKey: sandbox.astriaKey },
        portkey: { baseUrl: sandbox.portkeyUrl, apiKey: sandbox.portkeyKey },
      }
    : config;
  const clientOptions = { deadlineMs: config.upstreamTimeoutMs, log };
  const astria = astriaClient({ ...clientOptions, baseUrl: upstreams.astria.baseUrl });
  const portkey = portkeyClient({ ...clientOptions, baseUrl: upstreams.portkey.baseUrl });
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
  const graphql = createGraphQLServer(createSchema(), log);
  await graphql.start();
  return {
    graphql,
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
    sandbox,
    stop,
    async close() {
      live.close();
      await Promise.all([stop(), callbacks.close()]);
      await graphql.stop();
      await Promise.all([astria.close(), portkey.close(), sandbox?.close()]);
      // What was cut off just now is recorded.
      await Promise.all([creation.idle(), promptKeys.idle(), jobKeys.idle()]);
      backplane.close();
    },
  };
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
