import type { GraphQLSchema } from 'graphql';
import type { ResourceStack } from '../async/resource-stack.js';
import { TaskGroup } from '../async/task-group.js';
import { type Config, ConfigError } from '../config.js';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import type { SharedServices, UpstreamKeys } from '../graphql/context.js';
import { GraphQLServer } from '../graphql/graphql-server.js';
import { createSchema } from '../graphql/schema.js';
import {
  readTrustedDocuments,
  type TrustedDocuments,
  TrustedDocumentsError,
} from '../graphql/trusted-documents.js';
import { Metrics } from '../http/metrics/metrics.js';
import type { Sandbox } from '../sandbox/index.js';
import { refusedTarget } from '../services/callbacks/callback-urls.js';
import { PromptCallbacks, type PromptCallbacksOptions } from '../services/callbacks/prompt-callbacks.js';
import { IdempotencyService } from '../services/idempotency/idempotency.js';
import { LiveHub } from '../services/live/hub.js';
import { PromptCreator } from '../services/prompts/prompt-creator.js';
import type { PromptResult } from '../services/prompts/prompt-service.js';
import { ReplicationService } from '../services/replication/replication-service.js';
import type { Started } from '../services/replication/start-once.js';
import { openStorage } from '../storage/embedded/embedded-storage.js';
import { astriaClient } from '../upstream/astria/client.js';
import { portkeyClient } from '../upstream/portkey/client.js';
import { createWebhookClient } from '../upstream/webhook-client.js';

/** Everything behind the HTTP server. */
export interface Core {
  readonly graphql: GraphQLServer;
  readonly metrics: Metrics;
  readonly services: SharedServices;
  /** The gateway's own upstream keys. */
  readonly keys: UpstreamKeys;
  readonly astriaUrl: string;
  /** The emulated upstreams, or null with real ones. */
  readonly sandbox: Sandbox | null;
  /** Stops long-running work, so that requests that wait for it end too. Resolves when the work has ended. */
  stopWork(): Promise<void>;
}

/** Creates storage, upstreams, services and GraphQL, in this order. @throws ConfigError */
export async function createCore(config: Config, log: Log, resources: ResourceStack): Promise<Core> {
  for (const warning of config.warnings) log.warn({}, warning);
  const schema = createSchema();
  const trusted = trustedDocuments(config, schema);

  const storage = openStorage(config.dataDir, log);
  resources.defer(() => storage.close());
  // Work that is interrupted when the upstreams close still records its outcome.
  const tasks = new TaskGroup();
  resources.defer(() => tasks.idle());

  const sandbox = config.sandbox ? await openSandbox(config) : null;
  resources.defer(() => sandbox?.close());
  const metrics = new Metrics();
  const upstreams = sandbox
    ? {
        astria: { baseUrl: sandbox.astriaUrl, apiKey: sandbox.astriaKey },
        portkey: { baseUrl: sandbox.portkeyUrl, apiKey: sandbox.portkeyKey },
      }
    : config;
  const connectionTo = (upstream: Upstream) => ({
    deadlineMs: config.upstreamTimeoutMs,
    ...config.upstreamTimes,
    clock: storage.now,
    log,
    baseUrl: upstreams[upstream].baseUrl,
    observe: metrics.attemptObserver(upstream),
  });
  const astria = astriaClient(connectionTo('astria'));
  resources.defer(() => astria.close());
  const portkey = portkeyClient(connectionTo('portkey'));
  resources.defer(() => portkey.close());
  metrics.addBreakerGauges({ astria, portkey });
  // A sandbox and its objects exist only as long as this process.
  const ownSandbox = sandbox && storage.process;
  const upstreamInstanceOf = (upstream: Upstream) => ownSandbox ?? upstreams[upstream].baseUrl;

  const live = new LiveHub();
  resources.defer(() => live.close());
  const callbacks = promptCallbacks(config, { store: storage.callbacks, live, log });
  resources.defer(() => callbacks.close());
  const { lostResponseTimeoutMs, astriaRetryDelayMs: retryDelayMs, replicationRetry: retry } = config;
  const promptCreator = new PromptCreator({
    store: storage.creates,
    ...{ callbacks, lostResponseTimeoutMs, retryDelayMs, tasks, log },
  });
  const promptKeys = new IdempotencyService<PromptResult>(storage.idempotency, tasks);
  const jobKeys = new IdempotencyService<Started>(storage.idempotency, tasks);
  const replications = new ReplicationService({
    store: storage.replications,
    once: jobKeys,
    ...{ lostResponseTimeoutMs, retry, sandbox: ownSandbox, live, log },
  });
  const stopJobsAndCreates = () => Promise.all([replications.close(), promptCreator.close()]);
  // Runs again after the server has closed, because until then its requests can start more work.
  resources.defer(stopJobsAndCreates);
  metrics.addWorkGauges({ followed: () => live.size, replications: () => replications.running });

  const { queryLimits: limits, introspection } = config;
  const count = metrics.countOperation;
  const graphql = new GraphQLServer({ schema, limits, trusted, introspection, log, count });
  await graphql.start();
  resources.defer(() => graphql.stop());

  return {
    ...{ graphql, metrics, sandbox },
    services: {
      ...{ astria, portkey, live, log, replications, promptCreator, promptKeys, callbacks },
      upstreamInstances: { astria: upstreamInstanceOf('astria'), portkey: upstreamInstanceOf('portkey') },
    },
    keys: { astria: upstreams.astria.apiKey, portkey: upstreams.portkey.apiKey },
    astriaUrl: upstreams.astria.baseUrl,
    async stopWork() {
      // Another gateway may hold an idempotency key for longer than a shutdown may take.
      promptKeys.close();
      jobKeys.close();
      await stopJobsAndCreates();
    },
  };
}

async function openSandbox({ astriaRetryDelayMs }: Config): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/index.js');
  return startSandbox({ dialect: { deduplication: astriaRetryDelayMs === null ? 'none' : 'attributes' } });
}

/** Reads the file of trusted documents, if there is one. @throws ConfigError with all errors in the file. */
function trustedDocuments(config: Config, schema: GraphQLSchema): TrustedDocuments | null {
  const { trustedDocuments: settings, queryLimits } = config;
  try {
    return settings && readTrustedDocuments(settings, schema, queryLimits);
  } catch (error) {
    if (!(error instanceof TrustedDocumentsError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `TRUSTED_DOCUMENTS: ${error.file}: ${problem}`));
  }
}

function promptCallbacks(
  { publicUrl, allowPrivateCallbacks: allowPrivate, callbackRetryMs: retryMs }: Config,
  shared: Pick<PromptCallbacksOptions, 'store' | 'live' | 'log'>,
): PromptCallbacks {
  const refused = (url: string) => refusedTarget(url, allowPrivate);
  const post = createWebhookClient({ refused, allowPrivate });
  return new PromptCallbacks({ ...shared, publicUrl, refused, post, retryMs });
}
