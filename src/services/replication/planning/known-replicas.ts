import type { PortkeyPrompt, PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import { markerOf } from '../copying/marker.js';

/** The replicas for one target model, whatever their names, as far as prompts were read. */
export class KnownReplicas {
  readonly #targetModel: string;
  readonly #idBySource = new Map<string, string>();
  readonly #read = new Set<string>();

  constructor(targetModel: string) {
    this.#targetModel = targetModel;
  }

  /** Remembers what a prompt that was read is. */
  note(prompt: PortkeyPrompt): void {
    this.#read.add(prompt.id);
    const marker = markerOf(prompt);
    if (marker?.targetModel === this.#targetModel) this.#idBySource.set(marker.promptId, prompt.id);
  }

  /** The id of the replica of a source. */
  idFor(sourceId: string): string | undefined {
    return this.#idBySource.get(sourceId);
  }

  /** Prompts that can be replicas but were not read yet: a list tells the model of a prompt, but not its marker. */
  unread(prompts: readonly PortkeyPromptSummary[]): PortkeyPromptSummary[] {
    return prompts.filter(
      ({ id, model }) =>
        // One whose model is not told can be a replica as well.
        (typeof model !== 'string' || model === this.#targetModel) && !this.#read.has(id),
    );
  }
}
