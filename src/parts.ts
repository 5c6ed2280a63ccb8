import type { GraphQLSchema } from 'graphql';
import { EmbeddedBackplane } from './backplane/embedded/embedded-backplane.js';
import { type Config, ConfigError } from './config.js';
import type { Log } from './domain/log.js';
import type { Upstream } from './domain/upstream-error.js';
import { GraphQLServer } from './graphql/graphql-server.js';
import { createSchema } from './graphql/schema.js';
import {
  readTrustedDocuments,
  type TrustedDocuments,
  TrustedDocumentsError,
} from './graphql/trusted-documents.js';
import { Metrics } from './http/metrics/metrics.js';
import type { Sandbox } from './sandbox/index.js';
import { CallbackTargets } from './services/callbacks/callback-targets.js';
import { PromptCallbacks, type PromptCallbacksOptions } from './services/callbacks/prompt-callbacks.js';
import { refusedTarget } from './services/callbacks/targets.js';
import { IdempotencyService } from './services/idempotency/idempotency.js';
import { LiveHub } from './services/live/hub.js';
import { PromptCreator } from './services/prompts/prompt-creator.js';
import type { PromptResult } from './services/prompts/prompt-service.js';
import { ReplicationService } from './services/replication/replication-service.js';
import type { Started } from './services/replication/start-once.js';
import { astriaClient } from './upstream/astria/client.js';
import { portkeyClient } from './upstream/portkey/client.js';
import { RelayPoster } from './upstream/relay-post.js';

/** Everything but the HTTP face. */
export async function assemble(config: Config, log: Log) {
  const schema = createSchema();
  const trusted = trustedDocuments(config, schema);
  const backplane = new EmbeddedBackplane(config.dataDir, log);
  const sandbox = config.sandbox ? await openSandbox(config) : null;
  const upstreams = sandbox
    ? {
        astria: { baseUrl: sandbox.astriaUrl, apiKey: sandbox.astriaKey },
        portkey: { baseUrl: sandbox.portkeyUrl, apiKey: sandbox.portkeyKey },
      }
    : config;
  const metrics = new Metrics();
  const clientOptions = {
    deadlineMs: config.upstreamTimeoutMs,
    ...config.upstreamTimes,
    clock: backplane.now,
    log,
  };
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
  const creation = new PromptCreator({
    store: backplane.creates,
    callbacks,
    settleMs: config.outcomeSettleMs,
    repeatMs: config.astriaRepeatMs,
    log,
  });
  const promptKeys = new IdempotencyService<PromptResult>(backplane.idempotency);
  const jobKeys = new IdempotencyService<Started>(backplane.idempotency);
  const replications = new ReplicationService({
    store: backplane.replications,
    once: jobKeys,
    settleMs: config.outcomeSettleMs,
    retry: config.replicationRetry,
    sandbox: ownSandbox,
    live,
    log,
  });
  const stop = () => {
    // Another gateway may work on a key for longer than a stop may take.
    promptKeys.close();
    jobKeys.close();
    return Promise.all([replications.close(), creation.close()]);
  };
  metrics.showWork({ followed: () => live.size, replications: () => replications.running });
  const { queryLimits: limits, introspection } = config;
  const count = metrics.countOperation;
  const graphql = new GraphQLServer({ schema, limits, trusted, introspection, log, count });
  await graphql.start();
  return {
    graphql,
    metrics,
    services: {
      astria,
      portkey,
      realms: { astria: realmOf(upstreams.astria.baseUrl), portkey: realmOf(upstreams.portkey.baseUrl) },
      replications,
      promptCreator: creation,
      promptKeys,
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
      await graphql.stop();
      await Promise.all([astria.close(), portkey.close(), sandbox?.close()]);
      // What was cut off just now is recorded.
      await Promise.all([creation.idle(), promptKeys.idle(), jobKeys.idle()]);
      await backplane.close();
    },
  };
}

async function openSandbox({ astriaRepeatMs }: Config): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/index.js');
  return startSandbox({ dialect: { deduplication: astriaRepeatMs === null ? 'none' : 'attributes' } });
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
