import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';

/** Caller of the replication mutations and queries. */
export interface ReplicationCaller {
  /** Fingerprint of the caller, who sees and controls only its own jobs. @throws UpstreamError without a key. */
  readonly principal: string;
  /** Fingerprint of the key, under which interrupted jobs of any caller are resumed. */
  readonly credential: string;
  /** Owner of idempotency keys: a fingerprint of the API's URL, the key and the principal. */
  readonly keyOwner: string;
  /** Prompts as the request reads them. */
  readonly prompts: PortkeyPromptSource;
  /**
   * Returns Portkey under the caller's key for work that outlives the request. Calls are neither shared nor repeated, and end
   * with the signal.
   */
  readonly backgroundPortkey: (signal: AbortSignal) => PortkeyApi;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}
