import type { AstriaApi } from '../../upstream/astria/client.js';

/** Astria account that a prompt is created in. */
export interface PromptAccount {
  /** Fingerprint of the API's URL and the key. @throws UpstreamError without a key. */
  readonly account: string;
  /** Owner of idempotency keys: a fingerprint of the account, and of the principal if several share the account. */
  readonly keyOwner: string;
  /** Astria under the caller's key, for work that outlives the request. Calls are neither shared nor retried. */
  readonly backgroundAstria: AstriaApi;
  /** The same with the usual retries, for create requests that continue when the client disconnects. */
  readonly uncancellableAstria: AstriaApi;
}
