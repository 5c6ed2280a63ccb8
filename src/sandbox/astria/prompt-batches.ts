interface Batch {
  url: string;
  promptIds: readonly number[];
  unsettled: Set<number>;
}

/** Batches of prompts, one per pack run. The callback of a batch is a single POST after all its prompts have settled. */
export class PromptBatches {
  #batches: Batch[] = [];

  add(url: string, promptIds: readonly number[]): void {
    this.#batches.push({ url, promptIds, unsettled: new Set(promptIds) });
  }

  /** Marks a prompt as settled, which includes deleted prompts. Returns the batch that it completes, or null. */
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
