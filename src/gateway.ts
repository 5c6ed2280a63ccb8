import type { AddressInfo } from 'node:net';
import { MemoryReplicationStore } from './backplane/embedded/memory-replication-store.js';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';
import { createGraphQLServer } from './graphql/server.js';
import { createHttpServer } from './http/server.js';
import { type Sandbox, startSandbox } from './sandbox/index.js';
import { ReplicationService } from './services/replication/replication-service.js';
import { astriaClient } from './upstream/astria/client.js';
import { portkeyClient } from './upstream/portkey/client.js';

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The emulated upstreams, where it has them. */
  readonly sandbox: Sandbox | null;
  /** Stops listening, ends what is going on, and lets go of everything. */
  close(): Promise<void>;
}

/** Puts the gateway together and starts it. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
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
    store: new MemoryReplicationStore(),
    settleMs: config.outcomeSettleMs,
    log,
  });
  const graphql = createGraphQLServer(log);
  await graphql.start();

  const services = { astria, portkey, replications, log };
  const keys = { astria: upstreams.astria.apiKey, portkey: upstreams.portkey.apiKey };
  const limits = { maxFileBytes: config.maxUploadBytes };
  const http = createHttpServer({ graphql, services, keys, limits }, log);

  const close = async () => {
    await http.close();
    await replications.close();
    await graphql.stop();
    await Promise.all([astria.close(), portkey.close(), sandbox?.close()]);
  };
  try {
    await http.listen({ host: config.host, port: config.port });
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(http.server.address() as AddressInfo), sandbox, close };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
