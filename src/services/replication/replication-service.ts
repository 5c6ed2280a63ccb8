import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { ItemPage, ItemQuery, ReplicationStore } from '../../backplane/replication-store.js';
import type { Log } from '../../domain/log.js';
import type { Page } from '../../domain/page.js';
import type { Replication, ReplicationCounts, ReplicationItem } from '../../domain/replication.js';
import type { UserError } from '../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { ReplicationJob } from './job.js';
import { clashingNames, nameReplicas } from './plan.js';
import { recorded } from './recorded.js';
import { checkRequest, type ReplicationRequest, withDefaults } from './request.js';
import { type Library, select } from './selection.js';

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

/** How many jobs of one principal may be under way or waiting. */
const MAX_UNFINISHED = 10;

export interface ReplicationServiceOptions {
  readonly store: ReplicationStore;
  /** For how long a create whose answer was lost is looked for before it counts as not done, in milliseconds. */
  readonly settleMs: number;
  readonly log: Log;
}

interface Running {
  readonly principal: string;
  readonly isDryRun: boolean;
  readonly done: Promise<void>;
}

/**
 * Starts replications, runs them in the background, and tells about them to those who started them. The jobs of one
 * principal that create something run one after the other: two at once would not see each other's replicas.
 */
export class ReplicationService {
  readonly #options: ReplicationServiceOptions;
  readonly #store: ReplicationStore;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Running>();

  constructor(options: ReplicationServiceOptions) {
    this.#options = options;
    this.#store = options.store;
    // Every call under way listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** @throws UpstreamError when the library cannot be read. */
  async start(request: ReplicationRequest, caller: ReplicationCaller): Promise<ReplicationResult> {
    const faults = checkRequest(request);
    if (this.#unfinished(caller.principal).length >= MAX_UNFINISHED) faults.push(TOO_MANY);
    if (faults.length > 0) return { replication: null, userErrors: faults };
    const { library, selected, userErrors } = await select(caller.prompts, request.selection);
    if (userErrors.length > 0) return { replication: null, userErrors };

    const replication = newReplication(request, caller.principal);
    const named = nameReplicas(selected, replication.options.nameTemplate, replication.targetModel);
    const clashes = clashingNames(named);
    if (clashes.length > 0) return { replication: null, userErrors: [clashError(clashes)] };
    const items = named.map(({ source, replicaName }, position): ReplicationItem => {
      const open = { action: 'CREATE', status: 'PENDING', replica: null, error: null, attempts: 0 } as const;
      return { position, source: recorded(source), replicaName, ...open };
    });
    await this.#store.create(replication, items);
    this.#run(replication, items, library, caller);
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
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #unfinished(principal: string): Running[] {
    return [...this.#running.values()].filter((running) => running.principal === principal);
  }

  #run(
    replication: Replication,
    items: readonly ReplicationItem[],
    library: Library,
    caller: ReplicationCaller,
  ): void {
    const { id, principal, dryRun: isDryRun } = replication;
    const { signal } = this.#closing;
    // Each waits for the one before it, so the newest is enough. A dry run shows what is there now.
    const creating = this.#unfinished(principal).filter((running) => !running.isDryRun);
    const predecessor = isDryRun ? null : (creating.at(-1)?.done ?? null);
    const portkey = caller.portkeyInBackground(signal);
    const job = new ReplicationJob({
      ...this.#options,
      replication,
      items,
      library,
      predecessor,
      portkey,
      signal,
    });
    const done = job.run().finally(() => this.#running.delete(id));
    this.#running.set(id, { principal, isDryRun, done });
  }

  async #wait(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const running = this.#running.get(id)?.done;
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

function newReplication(request: ReplicationRequest, principal: string): Replication {
  const { dryRun, selection } = request;
  const targetModel = request.targetModel.trim();
  const options = withDefaults(request.options);
  const createdAt = new Date().toISOString();
  const open = { status: 'PLANNING', error: null, createdAt, startedAt: null, finishedAt: null } as const;
  return { id: randomUUID(), principal, targetModel, dryRun, selection, options, ...open };
}

const TOO_MANY: UserError = {
  code: 'CONFLICT',
  message: `${MAX_UNFINISHED} replications of yours are under way or waiting: wait until one has ended`,
  field: null,
};

function clashError(names: readonly string[]): UserError {
  const shown = names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const message = `several of the selected prompts would get the same replica name: ${shown}${more}; put {slug} in the name template`;
  return { code: 'INVALID', message, field: ['options', 'nameTemplate'] };
}
