import type { Prompt } from '../../domain/prompt.js';
import { parseHttpUrl } from '../../domain/url.js';
import type { UserError } from '../../domain/user-error.js';
import { isPrivateHost } from '../../upstream/public-address.js';
import type { PromptAccount } from '../prompts/account.js';
import type { PromptCallbacks } from './prompt-callbacks.js';

/** The addresses that callers want called back. */
export class CallbackTargets {
  readonly #callbacks: PromptCallbacks;
  readonly #allowPrivate: boolean;

  constructor(callbacks: PromptCallbacks, allowPrivate: boolean) {
    this.#callbacks = callbacks;
    this.#allowPrivate = allowPrivate;
  }

  /** Whether the gateway calls them; else Astria does. */
  get areCalledHere(): boolean {
    return this.#callbacks.isReachable;
  }

  /** What is wrong with an address that the gateway is to call. That it is one at all is checked with the other attributes. */
  faults(target: string | null | undefined, field: readonly string[]): UserError[] {
    if (!target || !this.areCalledHere || !parseHttpUrl(target)) return [];
    const complaint = refusedTarget(target, this.#allowPrivate);
    return complaint === null ? [] : [{ code: 'INVALID', message: `callback ${complaint}`, field }];
  }

  /** The address that the owner of a prompt has given for it. @throws StoreError */
  async inherited({ account }: PromptAccount, original: Prompt | null): Promise<string | null> {
    const callback = original?.callback;
    return typeof callback === 'string' ? this.#callbacks.shown(account, callback) : null;
  }
}

/**
 * Returns the objection to a URL that a caller wants called back, as words that follow the name of a field; null for a URL
 * that may be called. The host is not resolved here: its addresses are checked when it is called.
 */
export function refusedTarget(url: string, allowPrivate: boolean): string | null {
  const target = parseHttpUrl(url);
  if (!target) return 'must be an http or https address';
  const { username, password, hostname } = target;
  if (username !== '' || password !== '') return 'must have no user and no password';
  if (!allowPrivate && isPrivateHost(hostname))
    return 'must not be an address of a private network unless the gateway has ALLOW_PRIVATE_CALLBACKS=true';
  return null;
}
