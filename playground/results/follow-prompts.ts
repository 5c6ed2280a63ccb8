import type { Gateway, GatewayResult } from '../gateway/gateway.js';
import { areFinal, type Pauses, pause, pauseAfter } from './retry.js';
import { reasonOf, untilAborted } from './until-aborted.js';

/** Latest state of a followed prompt. */
export interface LivePrompt {
  readonly status?: string | null;
  readonly images?: readonly string[] | null;
  readonly text?: string | null;
  readonly error?: string | null;
  /** Reason why an unsettled prompt is not followed now, or null. */
  readonly followError?: string | null;
  /** Seconds until the next attempt after an error, or null without one. */
  readonly retryInSeconds?: number | null;
}

interface Listener {
  readonly gateway: Gateway;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly tell: (id: string, prompt: LivePrompt) => void;
}

/** Maximum number of subscriptions. A WebSocket allows 100 operations, which include a replication and the user's run. */
const MOST_AT_ONCE = 90;
/** Time for which a prompt keeps its slot while others wait, in milliseconds, and pauses after failures. */
const TIMES = { roundMs: 10_000, pauses: { first: 5, longest: 30 } };
const QUERY = `subscription ($id: ID!) {
  promptUpdated(id: $id) { id status images error text }
}`;
const ENDED = [{ message: 'the gateway ended the subscription.' }];

/** Returns true if the status is final. */
export function isSettled(status: string | null | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/**
 * Follows prompts until each has settled. More than 90 prompts take turns. Retries errors with growing pauses unless a
 * retry cannot help. Reports updates and errors to the listener, and never throws.
 */
export async function followPrompts(
  listener: Listener,
  ids: readonly string[],
  { roundMs, pauses } = TIMES,
): Promise<void> {
  const rounds = new Rounds(listener, ids, pauses);
  const timer = setInterval(() => rounds.giveWay(), roundMs);
  await rounds.run();
  clearInterval(timer);
}

class Rounds {
  /** Prompts without a slot, the next one first. */
  readonly #waiting: string[];
  /** Controllers that end the turns in progress, the oldest first. */
  readonly #turns = new Set<AbortController>();
  /** Number of successive failures by prompt. */
  readonly #failures = new Map<string, number>();
  readonly #listener: Listener;
  readonly #pauses: Pauses;

  constructor(listener: Listener, ids: readonly string[], pauses: Pauses) {
    this.#listener = listener;
    this.#pauses = pauses;
    this.#waiting = [...ids];
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, () => this.#slot()));
  }

  /** Ends as many turns as there are waiting prompts. */
  giveWay(): void {
    for (const turn of [...this.#turns].slice(0, this.#waiting.length)) turn.abort();
  }

  async #slot(): Promise<void> {
    for (;;) {
      const id = this.#waiting.shift();
      if (id === undefined || this.#listener.signal.aborted) return;
      if (await this.#turn(id)) this.#waiting.push(id);
    }
  }

  /** @returns True if the prompt needs another turn. */
  async #turn(id: string): Promise<boolean> {
    const { signal, tell } = this.#listener;
    const turn = new AbortController();
    this.#turns.add(turn);
    const errors = await this.#follow(id, AbortSignal.any([signal, turn.signal]));
    this.#turns.delete(turn);
    if (errors === null || signal.aborted) return false;
    if (turn.signal.aborted) return true;
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    const retryInSeconds = areFinal(errors) ? null : pauseAfter(failures, this.#pauses, errors);
    tell(id, { followError: `The prompt cannot be followed: ${errors[0]?.message}`, retryInSeconds });
    if (retryInSeconds !== null) await pause(retryInSeconds, signal);
    return retryInSeconds !== null;
  }

  /** Follows a prompt until its subscription ends. @returns Null if the prompt has settled, otherwise the errors. */
  async #follow(id: string, signal: AbortSignal): Promise<NonNullable<GatewayResult['errors']> | null> {
    const { gateway, headers, tell } = this.#listener;
    try {
      const updates = gateway.subscribe({ query: QUERY, variables: { id }, headers });
      for await (const { data, errors } of untilAborted(updates, signal)) {
        const prompt = data?.promptUpdated as LivePrompt | null | undefined;
        if (!prompt && errors) return errors;
        const followError = prompt ? null : 'The prompt no longer exists.';
        tell(id, { ...prompt, followError, retryInSeconds: null });
        if (!prompt || isSettled(prompt.status)) return null;
        this.#failures.delete(id);
      }
      return ENDED;
    } catch (error) {
      return [{ message: reasonOf(error) }];
    }
  }
}
