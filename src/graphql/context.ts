import { createHash } from 'node:crypto';
import type { Log } from '../domain/log.js';
import type { Principal } from '../domain/principal.js';
import type { Upstream } from '../domain/upstream-error.js';
import type { CallbackTargets } from '../services/callbacks/callback-targets.js';
import type { PromptCallbacks } from '../services/callbacks/prompt-callbacks.js';
import type { LiveHub } from '../services/live/hub.js';
import type { PromptAccount } from '../services/prompts/account.js';
import type { OncePrompts } from '../services/prompts/once-prompts.js';
import { PromptService } from '../services/prompts/prompt-service.js';
import type { ReplicationCaller } from '../services/replication/caller.js';
import type { ReplicationService } from '../services/replication/replication-service.js';
import { PortkeyPromptSource } from '../sources/portkey-prompts.js';
import { PromptSource } from '../sources/prompts.js';
import { TuneSource } from '../sources/tunes.js';
import { AstriaApi } from '../upstream/astria/client.js';
import { keyMissing } from '../upstream/failures.js';
import type { UpstreamClient } from '../upstream/http-client.js';
import { PortkeyApi } from '../upstream/portkey/client.js';

/** What outlives a request. */
export interface SharedServices {
  readonly astria: UpstreamClient;
  readonly portkey: UpstreamClient;
  /** What tells an upstream from others of its kind: an account is a key there. */
  readonly realms: { readonly astria: string; readonly portkey: string };
  readonly replications: ReplicationService;
  readonly oncePrompts: OncePrompts;
  readonly callbackTargets: CallbackTargets;
  readonly callbacks: PromptCallbacks;
  readonly live: LiveHub;
  readonly log: Log;
}

/** The upstream keys that a request works with: its own, or else the gateway's; null where there is neither. */
export interface UpstreamKeys {
  readonly astria: string | null;
  readonly portkey: string | null;
}

/** On whose behalf a request is executed. */
export interface Identity {
  readonly keys: UpstreamKeys;
  readonly principal: Principal;
}

/** What the resolvers of one request work with. */
export interface RequestContext {
  readonly principal: Principal;
  readonly tunes: TuneSource;
  readonly prompts: PromptSource;
  readonly portkeyPrompts: PortkeyPromptSource;
  readonly promptService: PromptService;
  readonly promptAccount: PromptAccount;
  readonly callbacks: PromptCallbacks;
  readonly live: LiveHub;
  readonly replications: ReplicationService;
  readonly replicationCaller: ReplicationCaller;
}

/** `signal` is aborted when the client hangs up. */
export function createContext(
  services: SharedServices,
  { keys, principal }: Identity,
  signal: AbortSignal,
): RequestContext {
  const { log, realms, callbacks, live } = services;
  const astria = new AstriaApi(services.astria, { key: keys.astria, signal }, log);
  const portkey = new PortkeyApi(services.portkey, { key: keys.portkey, signal }, log);
  const prompts = new PromptSource(astria);
  const portkeyPrompts = new PortkeyPromptSource(portkey);
  const promptAccount: PromptAccount = {
    get account() {
      if (keys.astria === null) throw keyMissing('astria');
      return fingerprint('astria', `${realms.astria} ${keys.astria}`);
    },
    get keyOwner() {
      return fingerprint('astria', `${realms.astria} ${keys.astria}`, principal);
    },
    astriaInBackground: new AstriaApi(services.astria, { key: keys.astria, isDirect: true }, log),
    astriaToEnd: new AstriaApi(services.astria, { key: keys.astria }, log),
  };
  if (keys.astria !== null) callbacks.seen(promptAccount);
  return {
    principal,
    tunes: new TuneSource(astria),
    prompts,
    portkeyPrompts,
    promptService: new PromptService({
      astria,
      prompts,
      owner: promptAccount,
      creation: services.oncePrompts,
      targets: services.callbackTargets,
      signal,
    }),
    promptAccount,
    callbacks,
    live,
    replications: services.replications,
    replicationCaller: {
      get principal() {
        if (keys.portkey === null) throw keyMissing('portkey');
        return fingerprint('portkey', keys.portkey, principal);
      },
      get credential() {
        return fingerprint('portkey', `${keys.portkey}`);
      },
      get keyOwner() {
        return fingerprint('portkey', `${realms.portkey} ${keys.portkey}`, principal);
      },
      prompts: portkeyPrompts,
      portkeyInBackground: (signal, before) =>
        new PortkeyApi(services.portkey, { key: keys.portkey, signal, before, isDirect: true }, log),
      signal,
    },
  };
}

/** Tells credentials apart without being one, and those who share one where a principal is given. */
function fingerprint(upstream: Upstream, credential: string, principal: Principal | null = null): string {
  const hash = createHash('sha256').update(`promptgate ${upstream} ${credential}`);
  // No key has a line break in it.
  if (principal && principal.id !== null) hash.update(`\n${principal.id}`);
  return hash.digest('base64url');
}
