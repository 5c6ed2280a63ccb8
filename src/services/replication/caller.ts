import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { BackgroundCaller } from './runner.js';

/** Who asks for replications. */
export interface ReplicationCaller extends BackgroundCaller {
  /**
   * A fingerprint of who it is: only the jobs that it has started are seen and steered.
   * @throws UpstreamError where there is no key.
   */
  readonly principal: string;
  /** A fingerprint of the key: its jobs go on after a restart, whoever has started them. */
  readonly credential: string;
  /** Whose idempotency keys are meant: a fingerprint of the API's address, the key and the principal. */
  readonly keyOwner: string;
  /** The prompts as the request reads them. */
  readonly prompts: PortkeyPromptSource;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
}
