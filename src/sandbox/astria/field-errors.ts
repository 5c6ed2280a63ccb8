import { json, Refusal } from '../answer.js';

/** Collects every fault of one request: Astria answers 422 with a map of fields to messages. */
export class FieldErrors {
  readonly #messages = new Map<string, string[]>();

  add(field: string, message: string): void {
    const known = this.#messages.get(field);
    if (known) known.push(message);
    else this.#messages.set(field, [message]);
  }

  has(field: string): boolean {
    return this.#messages.has(field);
  }

  throwIfAny(): void {
    if (this.#messages.size > 0) throw new Refusal(json(422, Object.fromEntries(this.#messages)));
  }
}
