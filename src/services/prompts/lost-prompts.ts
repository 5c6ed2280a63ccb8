import type { Prompt } from '../../domain/prompt.js';
import { type Expected, isSame } from './same-prompt.js';

/** A create whose answer was lost. */
export interface LostPrompt {
  readonly account: string;
  /** A fingerprint of its images: those of two prompts cannot be told apart at Astria. */
  readonly images: string;
  readonly expected: Expected;
}

/** How many prompts are remembered as somebody's. */
const KEPT_CLAIMS = 20_000;
/** For how long something that was not found may still turn up. */
const MAY_TURN_UP_MS = 10 * 60_000;

/** Creates that Astria cannot tell apart, of one account. */
interface Group {
  sending: number;
  looking: number;
  isLooking: boolean;
  waiting: (() => void)[];
}

/**
 * Keeps creates that look alike apart: while it is looked for one whose answer was lost, no other of its kind is under way,
 * so that what is found is nobody else's.
 */
export class LostPrompts {
  readonly #groups = new Map<string, Group>();
  readonly #claims = new Set<string>();
  #lost: { readonly prompt: LostPrompt; readonly since: number }[] = [];

  /** Sends a create; others of its kind may be under way. @param kind Names the account and everything that is sent but images. */
  async sending<T>(kind: string, send: () => Promise<T>): Promise<T> {
    const group = this.#group(kind);
    while (group.looking > 0) await changed(group);
    group.sending += 1;
    try {
      return await send();
    } finally {
      group.sending -= 1;
      this.#wake(kind, group);
    }
  }

  /** Looks for a lost one; meanwhile no other of its kind is sent or looked for. */
  async looking<T>(kind: string, look: () => Promise<T>): Promise<T> {
    const group = this.#group(kind);
    group.looking += 1;
    try {
      while (group.sending > 0 || group.isLooking) await changed(group);
      group.isLooking = true;
      try {
        return await look();
      } finally {
        group.isLooking = false;
      }
    } finally {
      group.looking -= 1;
      this.#wake(kind, group);
    }
  }

  /** A prompt is known to be of one create: it is not taken for another's. */
  claim(account: string, id: string): void {
    this.#claims.add(`${account} ${id}`);
    for (const oldest of this.#claims) {
      if (this.#claims.size <= KEPT_CLAIMS) break;
      this.#claims.delete(oldest);
    }
  }

  /** The answer to a create was lost. */
  lose(prompt: LostPrompt): void {
    const now = Date.now();
    this.#lost = this.#lost.filter(({ since }) => now - since < MAY_TURN_UP_MS);
    this.#lost.push({ prompt, since: now });
  }

  /** It was found. */
  find(prompt: LostPrompt): void {
    this.#lost = this.#lost.filter((entry) => entry.prompt !== prompt);
  }

  /** Whether a prompt of Astria's is this lost one and cannot be another. */
  isOf(prompt: Prompt, lost: LostPrompt): boolean {
    if (!isSame(prompt, lost.expected) || this.#claims.has(`${lost.account} ${prompt.id}`)) return false;
    return !this.#lost.some(
      ({ prompt: other }) =>
        other !== lost &&
        other.account === lost.account &&
        isSame(prompt, other.expected) &&
        (other.images !== lost.images || detail(other) > detail(lost)),
    );
  }

  #group(kind: string): Group {
    const group = this.#groups.get(kind) ?? { sending: 0, looking: 0, isLooking: false, waiting: [] };
    this.#groups.set(kind, group);
    return group;
  }

  #wake(kind: string, group: Group): void {
    const { waiting } = group;
    group.waiting = [];
    if (group.sending + group.looking + waiting.length === 0) this.#groups.delete(kind);
    for (const wake of waiting) wake();
  }
}

function changed(group: Group): Promise<void> {
  return new Promise((resolve) => group.waiting.push(resolve));
}

/** How much was said of a prompt: who has said more matches better. */
function detail({ expected }: LostPrompt): number {
  return Object.values(expected.attributes).filter((value) => value !== undefined).length;
}
