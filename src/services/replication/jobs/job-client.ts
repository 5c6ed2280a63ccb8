import pLimit, { type LimitFunction } from 'p-limit';
import type { Backoff } from '../../../async/backoff.js';
import { poll } from '../../../async/poll.js';
import { monotonicMs } from '../../../domain/clock.js';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../../domain/portkey-prompt.js';
import { UpstreamError } from '../../../domain/upstream-error.js';
import type { PortkeyApi } from '../../../upstream/portkey/client.js';
import { type CancellationToken, JobStoppedError } from './cancellation.js';
import {
  type IsFinal,
  isRefusal,
  isRefusalOfOne,
  isThrottled,
  type JobRetryPolicy,
  retryDecision,
} from './retry.js';

/** Runs right before a request is sent, once the job may send it. An error prevents the request. */
export type BeforeSend = () => Promise<void>;

/** Pauses between two reads of something that is expected to appear. */
const APPEARANCE_BACKOFF: Backoff = { firstMs: 100, ceilingMs: 1_000 };

/** Longest hold, in milliseconds. After that the upstream is called again. */
const LONGEST_HOLD_MS = 3_600_000;

/** Holds back all calls of a job for as long as the upstream asks. */
export class RateGate {
  #openAt = 0;

  get isOpen(): boolean {
    return this.#openAt <= monotonicMs();
  }

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, monotonicMs() + Math.min(ms, LONGEST_HOLD_MS));
  }

  /** Resolves once the gate is open. @throws JobStoppedError if the job stops first. */
  async pass(token: CancellationToken): Promise<void> {
    for (let wait = this.#openAt - monotonicMs(); wait > 0; wait = this.#openAt - monotonicMs()) {
      await token.pause(wait);
    }
  }
}

interface JobClientOptions {
  /** Portkey under the caller's key. Its calls are neither shared nor retried. */
  readonly portkey: PortkeyApi;
  /** Limits the calls in progress. */
  readonly limit: LimitFunction;
  readonly gate: RateGate;
  readonly token: CancellationToken;
  readonly retry: JobRetryPolicy;
  /** See {@link JobClient.finishing}. */
  readonly isFinishing: boolean;
}

/**
 * Portkey client of one job. It makes at most `concurrency` calls at a time, and none while the upstream asks to wait. It
 * does not retry writes, because the caller has to check their outcome first.
 * @throws UpstreamError, which stops the job if it applies to every prompt. @throws JobStoppedError if the job stops.
 */
export class JobClient {
  readonly #options: JobClientOptions;

  private constructor(options: JobClientOptions) {
    this.#options = options;
  }

  static create(
    portkey: PortkeyApi,
    concurrency: number,
    token: CancellationToken,
    retry: JobRetryPolicy,
  ): JobClient {
    const shared = { limit: pLimit(concurrency), gate: new RateGate() };
    return new JobClient({ portkey, token, retry, ...shared, isFinishing: false });
  }

  /**
   * Returns the same client for work that has to be finished. In a stopping job it attempts reads once, and still sends
   * writes that are not recorded beforehand.
   */
  finishing(): JobClient {
    return new JobClient({ ...this.#options, isFinishing: true });
  }

  get pageSizes(): PortkeyApi['pageSizes'] {
    return this.#options.portkey.pageSizes;
  }

  /** False while the upstream asks to wait. */
  get isOpen(): boolean {
    return this.#options.gate.isOpen;
  }

  listPrompts(...args: Parameters<PortkeyApi['listPrompts']>): ReturnType<PortkeyApi['listPrompts']> {
    return this.#read((portkey) => portkey.listPrompts(...args), isRefusal);
  }

  findCollection(idOrSlug: string): ReturnType<PortkeyApi['findCollection']> {
    return this.#read((portkey) => portkey.findCollection(idOrSlug), isRefusal);
  }

  getPrompt(id: string, isFinal: IsFinal = isRefusalOfOne): Promise<PortkeyPrompt | null> {
    return this.#read((portkey) => portkey.getPrompt(id), isFinal);
  }

  getVersion(id: string, versionId: string): Promise<PortkeyPrompt | null> {
    return this.#read((portkey) => portkey.getVersion(id, versionId), isRefusalOfOne);
  }

  listVersions(id: string, isFinal: IsFinal = isRefusalOfOne): ReturnType<PortkeyApi['listVersions']> {
    return this.#read((portkey) => portkey.listVersions(id), isFinal);
  }

  createPrompt(input: PortkeyPromptInput, beforeSend: BeforeSend): ReturnType<PortkeyApi['createPrompt']> {
    return this.#send((portkey) => portkey.createPrompt(input), beforeSend);
  }

  updatePrompt(
    id: string,
    input: PortkeyPromptInput,
    latest: PortkeyPrompt | null,
    beforeSend: BeforeSend,
  ): ReturnType<PortkeyApi['updatePrompt']> {
    return this.#send((portkey) => portkey.updatePrompt(id, input, latest), beforeSend);
  }

  publishVersion(id: string, version: number): Promise<void> {
    return this.#send((portkey) => portkey.publishVersion(id, version));
  }

  deletePrompt(id: string): Promise<void> {
    return this.#send((portkey) => portkey.deletePrompt(id));
  }

  /**
   * Retries work until it succeeds, is refused or reaches the retry limits.
   * @throws The last UpstreamError. @throws JobStoppedError
   */
  async withRetry<T>(work: (attempt: number) => Promise<T>, isFinal: IsFinal = isRefusal): Promise<T> {
    const { token, gate, retry } = this.#options;
    let throttled = 0;
    for (let attempts = 1; ; attempts += 1) {
      token.throwIfStopped();
      try {
        return await work(attempts);
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        if (isThrottled(error)) throttled += 1;
        const decision = retryDecision(error, { attempts, throttled }, isFinal, retry, Math.random());
        if (decision.type === 'FAIL') throw error;
        if (decision.type === 'STOP') {
          token.stop(error);
          throw new JobStoppedError('The job is stopping.');
        }
        if (decision.holdsAll) gate.hold(decision.waitMs);
        else await token.pause(decision.waitMs);
      }
    }
  }

  /**
   * Reads until there is a result, because reads can lag behind writes. Some endpoints send 403 instead of 404 for objects
   * that do not exist.
   * @param forMs Time in milliseconds, followed by one last read.
   * @returns null if the last read has no result. Only the last read throws a 403 of a single object. A 403 of a list stops
   *   the job.
   * @throws JobStoppedError if the gateway closes.
   */
  waitFor<T>(read: () => Promise<T | null>, forMs: number): Promise<T | null> {
    const { token } = this.#options;
    const readOnce = async (isLast: boolean) => {
      try {
        return await read();
      } catch (error) {
        if (isLast || !isForbidden(error)) throw error;
        return null;
      }
    };
    return poll(readOnce, forMs, APPEARANCE_BACKOFF, () => {
      if (token.reason === 'CLOSING') token.throwIfStopped();
    });
  }

  #read<T>(send: (portkey: PortkeyApi) => Promise<T>, isFinal: IsFinal): Promise<T> {
    const { token, isFinishing } = this.#options;
    if (isFinishing && token.reason !== null) return this.#send(send);
    return this.withRetry(() => this.#send(send), isFinal);
  }

  #send<T>(send: (portkey: PortkeyApi) => Promise<T>, beforeSend?: BeforeSend): Promise<T> {
    const { limit, gate, token, portkey, isFinishing } = this.#options;
    return limit(async () => {
      await gate.pass(token);
      // A request that is recorded before it is sent is new work.
      if (!isFinishing || beforeSend) token.throwIfStopped();
      await beforeSend?.();
      return send(portkey);
    });
  }
}

/** Returns true for the status that some endpoints send for objects that do not exist. */
export function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamError && error.status === 403;
}
