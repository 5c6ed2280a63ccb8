import DataLoader from 'dataloader';
import type { Page } from '../domain/page.js';
import type { Tune, TuneFilter } from '../domain/tune.js';
import type { AstriaApi } from '../upstream/astria/client.js';
import { readByIds, readKeyset } from './keyset.js';

/** Reads tunes for one request. */
export class TuneSource {
  readonly #astria: AstriaApi;
  readonly #byId: DataLoader<string, Tune | null>;

  constructor(astria: AstriaApi) {
    this.#astria = astria;
    this.#byId = new DataLoader((ids) =>
      readByIds(ids, { list: (keyset) => astria.listTunes(keyset), single: (id) => astria.getTune(id) }),
    );
  }

  /** Returns an own or gallery tune, or null if it does not exist. */
  load(id: string): Promise<Tune | null> {
    return this.#byId.load(id);
  }

  /** Lists own tunes below `beforeId`, newest first. */
  async list(
    options: { first: number; beforeId?: number | undefined },
    filter?: TuneFilter,
  ): Promise<Page<Tune>> {
    const page = await readKeyset((keyset) => this.#astria.listTunes(keyset, filter), options);
    for (const tune of page.items) this.#byId.prime(tune.id, tune);
    return page;
  }
}
