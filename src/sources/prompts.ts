import DataLoader from 'dataloader';
import type { Page } from '../domain/page.js';
import type { Prompt } from '../domain/prompt.js';
import type { AstriaApi } from '../upstream/astria/client.js';
import { isAstriaId, type KeysetReader, readByIds, readKeyset } from './keyset.js';

/** Reads image prompts for one request. */
export class PromptSource {
  readonly #astria: AstriaApi;
  readonly #byId: DataLoader<string, Prompt | null>;

  constructor(astria: AstriaApi) {
    this.#astria = astria;
    this.#byId = new DataLoader((ids) =>
      readByIds(ids, { list: (keyset) => astria.listPrompts(keyset), single: (id) => astria.getPrompt(id) }),
    );
  }

  /** Returns a prompt, or null if it does not exist. */
  load(id: string): Promise<Prompt | null> {
    return this.#byId.load(id);
  }

  /** Lists own prompts below `beforeId`, newest first, of one tune or of all. A tune that does not exist has no prompts. */
  async list(
    options: { first: number; beforeId?: number | undefined },
    tuneId?: string,
  ): Promise<Page<Prompt>> {
    if (tuneId !== undefined && !isAstriaId(tuneId)) return { items: [], hasNextPage: false };
    const read: KeysetReader<Prompt> =
      tuneId === undefined
        ? (keyset) => this.#astria.listPrompts(keyset)
        : async (keyset) => (await this.#astria.listPromptsOfTune(tuneId, keyset)) ?? [];
    const page = await readKeyset(read, options);
    for (const prompt of page.items) this.#byId.prime(prompt.id, prompt);
    return page;
  }
}
