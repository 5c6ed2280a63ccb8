interface Batch {
  url: string;
  promptIds: readonly number[];
  unsettled: Set<number>;
}

/** Prompts of one pack run, whose callback is one POST when all of them have settled. */
export class PromptBatches {
  #batches: Batch[] = [];

  add(url: string, promptIds: readonly number[]): void {
    this.#batches.push({ url, promptIds, unsettled: new Set(promptIds) });
  }

  /** The batch that this prompt completes, or null. A deleted prompt counts as settled. */
  settle(promptId: number): Batch | null {
    const batch = this.#batches.find(({ unsettled }) => unsettled.delete(promptId));
    if (!batch || batch.unsettled.size > 0) return null;
    this.#batches = this.#batches.filter((each) => each !== batch);
    return batch;
  }

  clear(): void {
    this.#batches = [];
  }
}
