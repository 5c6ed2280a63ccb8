import type { Prompt } from '../../domain/prompt.js';
import type { UserError } from '../../domain/user-error.js';
import type { PromptAccount } from '../prompts/account.js';
import { isHttpUrl } from '../prompts/attribute-rules.js';
import type { PromptCallbacks } from './prompt-callbacks.js';
import { refusedTarget } from './targets.js';

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
    if (!target || !this.areCalledHere || !isHttpUrl(target)) return [];
    const complaint = refusedTarget(target, this.#allowPrivate);
    return complaint === null ? [] : [{ code: 'INVALID', message: `callback ${complaint}`, field }];
  }

  /** The address that the owner of a prompt has given for it. @throws StoreError */
  async inherited({ account }: PromptAccount, original: Prompt | null): Promise<string | null> {
    const callback = original?.callback;
    return typeof callback === 'string' ? this.#callbacks.shown(account, callback) : null;
  }
}
