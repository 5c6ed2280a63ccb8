import type { AstriaApi } from '../../upstream/astria/client.js';

/** On whose behalf a prompt is made. */
export interface PromptAccount {
  /** A fingerprint of the account at Astria: of the address of the API and the key. @throws UpstreamError where there is no key. */
  readonly account: string;
  /** Whose idempotency keys are meant: a fingerprint of the account, and of the principal where several share it. */
  readonly keyOwner: string;
  /** Astria under the caller's key, for work that outlives the request. Every call is made by itself, and once. */
  readonly astriaInBackground: AstriaApi;
  /** The same, with the usual repeats: for a create that must not be cut off by a client that hangs up. */
  readonly astriaToEnd: AstriaApi;
}
