import type { Answer, Gateway } from '../gateway/gateway.js';
import { areFinal, type Pauses, pause, pauseAfter } from './retry.js';
import { reasonOf, untilAborted } from './until-aborted.js';

/** What was last heard of a prompt that is followed. */
export interface LivePrompt {
  readonly status?: string | null;
  readonly images?: readonly string[] | null;
  readonly text?: string | null;
  readonly error?: string | null;
  /** Why it is not followed now although it has not settled; null while it is. */
  readonly fault?: string | null;
  /** After a fault: in how many seconds it is tried again; null: it is not. */
  readonly again?: number | null;
}

interface Listener {
  readonly gateway: Gateway;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly tell: (id: string, prompt: LivePrompt) => void;
}

/** A WebSocket of the gateway takes 100 operations; a replication and what the person runs are among them. */
const MOST_AT_ONCE = 90;
/** Time for which a prompt keeps its slot while others wait, in milliseconds, and pauses after failures. */
const TIMES = { roundMs: 10_000, pauses: { first: 5, longest: 30 } };
const QUERY = `subscription ($id: ID!) {
  promptUpdated(id: $id) { id status images error text }
}`;
const ENDED = [{ message: 'the gateway has ended the subscription' }];

/** Whether it will not change any more. */
export function isSettled(status: string | null | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/**
 * Follows prompts until each has settled, 90 at a time; where there are more, the slots go round. What fails is tried again
 * with growing pauses, unless that cannot mend it. Tells what it hears, faults as well, and never fails.
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
  /** Those that have no slot, the next one first. */
  readonly #waiting: string[];
  /** What ends the turns of those that have one, the oldest first. */
  readonly #turns = new Set<AbortController>();
  /** In a row. */
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

  /** Ends as many turns as there are others who wait. */
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

  /** @returns Whether it is to be followed further. */
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
    const again = areFinal(errors) ? null : pauseAfter(failures, this.#pauses, errors);
    tell(id, { fault: `It cannot be followed: ${errors[0]?.message}`, again });
    if (again !== null) await pause(again, signal);
    return again !== null;
  }

  /** Follows a prompt as far as it goes. @returns Null at its end, else what kept it from that. */
  async #follow(id: string, signal: AbortSignal): Promise<NonNullable<Answer['errors']> | null> {
    const { gateway, headers, tell } = this.#listener;
    try {
      const updates = gateway.subscribe({ query: QUERY, variables: { id }, headers });
      for await (const { data, errors } of untilAborted(updates, signal)) {
        const prompt = data?.promptUpdated as LivePrompt | null | undefined;
        if (!prompt && errors) return errors;
        const fault = prompt ? null : 'There is no such prompt any more.';
        tell(id, { ...prompt, fault, again: null });
        if (!prompt || isSettled(prompt.status)) return null;
        this.#failures.delete(id);
      }
      return ENDED;
    } catch (error) {
      return [{ message: reasonOf(error) }];
    }
  }
}
