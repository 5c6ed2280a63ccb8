import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { ItemPage, ItemQuery, ReplicationStore } from '../../backplane/replication-store.js';
import type { Log } from '../../domain/log.js';
import type { Page } from '../../domain/page.js';
import type { Replication, ReplicationCounts, ReplicationItem } from '../../domain/replication.js';
import type { UserError } from '../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { ReplicationJob, summaryOf } from './job.js';
import { clashingNames, nameReplicas } from './plan.js';
import { checkRequest, type ReplicationRequest, withDefaults } from './request.js';
import { select } from './selection.js';

/** Who asks. */
export interface ReplicationCaller {
  /** A fingerprint of the credential. */
  readonly principal: string;
  /** The prompts as the request reads them. */
  readonly prompts: PortkeyPromptSource;
  /** Portkey under the caller's key, for work that outlives the request. */
  readonly portkeyInBackground: (signal: AbortSignal) => PortkeyApi;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
}

export interface ReplicationResult {
  readonly replication: Replication | null;
  readonly userErrors: readonly UserError[];
}

/** A dry run is waited for this long at the most. */
const LONGEST_PLANNING_MS = 120_000;

/** Starts replications, runs them in the background, and tells about them to those who started them. */
export class ReplicationService {
  readonly #store: ReplicationStore;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  constructor(store: ReplicationStore, log: Log) {
    this.#store = store;
    this.#log = log;
    // Every call under way listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** @throws UpstreamError when the library cannot be read. */
  async start(request: ReplicationRequest, caller: ReplicationCaller): Promise<ReplicationResult> {
    const faults = checkRequest(request);
    if (faults.length > 0) return { replication: null, userErrors: faults };
    const { library, neighbours, selected, userErrors } = await select(caller.prompts, request.selection);
    if (userErrors.length > 0) return { replication: null, userErrors };

    const options = withDefaults(request.options);
    const named = nameReplicas(selected, options.nameTemplate, request.targetModel);
    const clashes = clashingNames(named);
    if (clashes.length > 0) return { replication: null, userErrors: [clashError(clashes)] };

    const items = named.map(({ source, replicaName }, position): ReplicationItem => {
      const open = { action: 'CREATE', status: 'PENDING', replica: null, error: null, attempts: 0 } as const;
      return { position, source: summaryOf(source), replicaName, ...open };
    });
    const replication = newReplication(request, options, caller.principal);
    await this.#store.create(replication, items);
    const portkey = caller.portkeyInBackground(this.#closing.signal);
    this.#run(
      new ReplicationJob({
        replication,
        items,
        library,
        neighbours,
        portkey,
        store: this.#store,
        signal: this.#closing.signal,
        log: this.#log,
      }),
      replication.id,
    );
    const patience = request.dryRun ? LONGEST_PLANNING_MS : request.awaitSeconds * 1000;
    await this.#wait(replication.id, patience, caller.signal);
    return { replication: await this.#store.get(replication.id), userErrors: [] };
  }

  /** Null when there is none, or it is somebody else's. */
  async get(id: string, principal: string): Promise<Replication | null> {
    const replication = await this.#store.get(id);
    return replication?.principal === principal ? replication : null;
  }

  list(
    principal: string,
    options: { first: number; after?: string | undefined },
  ): Promise<Page<Replication>> {
    return this.#store.list(principal, options);
  }

  items(id: string, query: ItemQuery): Promise<ItemPage> {
    return this.#store.items(id, query);
  }

  counts(id: string): Promise<ReplicationCounts> {
    return this.#store.counts(id);
  }

  /** Stops the work that is going on, and waits until it has stopped. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the gateway is closing'));
    await Promise.all(this.#running.values());
  }

  #run(job: ReplicationJob, id: string): void {
    const done = job.run().finally(() => this.#running.delete(id));
    this.#running.set(id, done);
  }

  async #wait(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const running = this.#running.get(id);
    if (ms === 0 || !running || signal.aborted) return;
    let stop = () => {};
    const enough = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => resolve(), { once: true });
      stop = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await Promise.race([running, enough]);
    stop();
  }
}

function newReplication(
  { targetModel, dryRun, selection }: ReplicationRequest,
  options: Replication['options'],
  principal: string,
): Replication {
  const createdAt = new Date().toISOString();
  const open = { status: 'PLANNING', error: null, createdAt, startedAt: null, finishedAt: null } as const;
  return { id: randomUUID(), principal, targetModel, dryRun, selection, options, ...open };
}

function clashError(names: readonly string[]): UserError {
  const shown = names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const message = `several of the selected prompts would get the same replica name: ${shown}${more}; put {slug} in the name template`;
  return { code: 'INVALID', message, field: ['options', 'nameTemplate'] };
}
