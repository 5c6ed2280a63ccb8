import type { AstriaApi } from '../../upstream/astria/client.js';

/** Account at Astria that a prompt is created in. */
export interface PromptAccount {
  /** Fingerprint of the API's URL and the key. @throws UpstreamError without a key. */
  readonly account: string;
  /** Owner of idempotency keys: a fingerprint of the account, and of the principal where several share the account. */
  readonly keyOwner: string;
  /** Astria under the caller's key, for work that outlives the request. Calls are neither shared nor repeated. */
  readonly backgroundAstria: AstriaApi;
  /** The same with the usual repeats, for create requests that continue when the client disconnects. */
  readonly uncancellableAstria: AstriaApi;
}
