import { createHash } from 'node:crypto';
import type { Log } from '../domain/log.js';
import type { Principal } from '../domain/principal.js';
import type { Upstream } from '../domain/upstream-error.js';
import type { PromptCallbacks } from '../services/callbacks/prompt-callbacks.js';
import type { IdempotencyService } from '../services/idempotency/idempotency.js';
import type { LiveHub } from '../services/live/hub.js';
import type { PromptAccount } from '../services/prompts/account.js';
import type { PromptCreator } from '../services/prompts/prompt-creator.js';
import { type PromptResult, PromptService } from '../services/prompts/prompt-service.js';
import type { ReplicationService } from '../services/replication/replication-service.js';
import type { ReplicationCaller } from '../services/replication/request.js';
import { PortkeyPromptSource } from '../sources/portkey-prompts.js';
import { PromptSource } from '../sources/prompts.js';
import { TuneSource } from '../sources/tunes.js';
import { AstriaApi } from '../upstream/astria/client.js';
import { CancelScope, SignalScope } from '../upstream/cancel-scope.js';
import { keyMissing } from '../upstream/errors.js';
import type { UpstreamClient } from '../upstream/http-client.js';
import { PortkeyApi } from '../upstream/portkey/client.js';

/** Services that outlive a request. */
export interface SharedServices {
  readonly astria: UpstreamClient;
  readonly portkey: UpstreamClient;
  /** Ids of the upstream instances. A key is valid for an account at one instance only. */
  readonly upstreamInstances: { readonly astria: string; readonly portkey: string };
  readonly replications: ReplicationService;
  readonly promptCreator: PromptCreator;
  readonly promptKeys: IdempotencyService<PromptResult>;
  readonly callbacks: PromptCallbacks;
  readonly live: LiveHub;
  readonly log: Log;
}

/** Upstream keys of a request. They are the caller's or else the gateway's, or null. */
export interface UpstreamKeys {
  readonly astria: string | null;
  readonly portkey: string | null;
}

/** The caller of a request and the keys to use. */
export interface Identity {
  readonly keys: UpstreamKeys;
  readonly principal: Principal;
}

/** Context of the resolvers of one request. */
export type RequestContext = Pick<LazyContext, keyof LazyContext>;

/** Cancels an operation when its client disconnects. */
export interface Cancellation {
  readonly cancelScope: CancelScope;
  /** Created on first use, because an AbortSignal is expensive. */
  readonly signal: AbortSignal;
}

/** Creates a cancellation that is never triggered, for the gateway's own operations. */
export function createUncancellable(): Cancellation {
  return { cancelScope: new CancelScope(), signal: new AbortController().signal };
}

export function createContext(
  services: SharedServices,
  identity: Identity,
  cancellation: Cancellation,
): RequestContext {
  const context = new LazyContext({ services, identity, cancellation });
  if (identity.keys.astria !== null) services.callbacks.seen(() => context.promptAccount);
  return context;
}

interface Scope {
  readonly services: SharedServices;
  readonly identity: Identity;
  readonly cancellation: Cancellation;
}

type Created = Pick<
  RequestContext,
  'tunes' | 'prompts' | 'portkeyPrompts' | 'promptService' | 'promptAccount' | 'replicationCaller'
> & { readonly astria: AstriaApi; readonly portkey: PortkeyApi };

/**
 * Context that creates each part on first use, because most requests need only one or two. Its fields are not `#private`,
 * because Apollo Server copies the context.
 */
class LazyContext {
  readonly principal: Principal;
  readonly callbacks: PromptCallbacks;
  readonly live: LiveHub;
  readonly replications: ReplicationService;
  private readonly scope: Scope;
  private readonly created: { -readonly [K in keyof Created]?: Created[K] } = {};

  constructor(scope: Scope) {
    const { services, identity } = scope;
    this.scope = scope;
    this.principal = identity.principal;
    this.callbacks = services.callbacks;
    this.live = services.live;
    this.replications = services.replications;
  }

  get tunes(): TuneSource {
    this.created.tunes ??= new TuneSource(this.astria);
    return this.created.tunes;
  }

  get prompts(): PromptSource {
    this.created.prompts ??= new PromptSource(this.astria);
    return this.created.prompts;
  }

  get portkeyPrompts(): PortkeyPromptSource {
    this.created.portkeyPrompts ??= new PortkeyPromptSource(this.portkey);
    return this.created.portkeyPrompts;
  }

  get promptService(): PromptService {
    const { services, cancellation } = this.scope;
    this.created.promptService ??= new PromptService({
      astria: this.astria,
      prompts: this.prompts,
      account: this.promptAccount,
      creator: services.promptCreator,
      idempotency: services.promptKeys,
      callbacks: services.callbacks,
      signal: cancellation.signal,
    });
    return this.created.promptService;
  }

  get promptAccount(): PromptAccount {
    this.created.promptAccount ??= createPromptAccount(this.scope);
    return this.created.promptAccount;
  }

  get replicationCaller(): ReplicationCaller {
    this.created.replicationCaller ??= createReplicationCaller(this.scope, this.portkeyPrompts);
    return this.created.replicationCaller;
  }

  private get astria(): AstriaApi {
    const { services, identity, cancellation } = this.scope;
    const { cancelScope } = cancellation;
    this.created.astria ??= new AstriaApi(services.astria, { key: identity.keys.astria, cancelScope });
    return this.created.astria;
  }

  private get portkey(): PortkeyApi {
    const { services, identity, cancellation } = this.scope;
    const { cancelScope } = cancellation;
    this.created.portkey ??= new PortkeyApi(services.portkey, { key: identity.keys.portkey, cancelScope });
    return this.created.portkey;
  }
}

function createPromptAccount({ services, identity: { keys, principal } }: Scope): PromptAccount {
  const { upstreamInstances } = services;
  return {
    get account() {
      if (keys.astria === null) throw keyMissing('astria');
      return fingerprint('astria', `${upstreamInstances.astria} ${keys.astria}`);
    },
    get keyOwner() {
      return fingerprint('astria', `${upstreamInstances.astria} ${keys.astria}`, principal);
    },
    backgroundAstria: new AstriaApi(services.astria, { key: keys.astria, noRetry: true }),
    uncancellableAstria: new AstriaApi(services.astria, { key: keys.astria }),
  };
}

function createReplicationCaller(
  { services, identity: { keys, principal }, cancellation }: Scope,
  prompts: PortkeyPromptSource,
): ReplicationCaller {
  const { upstreamInstances } = services;
  return {
    get principal() {
      if (keys.portkey === null) throw keyMissing('portkey');
      return fingerprint('portkey', keys.portkey, principal);
    },
    get credential() {
      return fingerprint('portkey', `${keys.portkey}`);
    },
    get keyOwner() {
      return fingerprint('portkey', `${upstreamInstances.portkey} ${keys.portkey}`, principal);
    },
    prompts,
    backgroundPortkey(signal) {
      const cancelScope = new SignalScope(signal);
      return new PortkeyApi(services.portkey, { key: keys.portkey, cancelScope, noRetry: true });
    },
    get signal() {
      return cancellation.signal;
    },
  };
}

/** Identifies a credential without revealing it. A principal distinguishes the callers that share a credential. */
function fingerprint(upstream: Upstream, credential: string, principal: Principal | null = null): string {
  const hash = createHash('sha256').update(`promptgate ${upstream} ${credential}`);
  // Unambiguous, because a key cannot contain a line break.
  if (principal && principal.id !== null) hash.update(`\n${principal.id}`);
  return hash.digest('base64url');
}
