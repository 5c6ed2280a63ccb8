import { Store } from '../store.js';
import type { Owner } from './records.js';

/** A store with ascending ids, which are not reused even after a record is deleted. */
export class NumberedStore<T extends { id: number; owner: Owner }> extends Store<T> {
  #nextId: number;

  constructor(firstId: number) {
    super();
    this.#nextId = firstId;
  }

  newId(): number {
    while (this.has(this.#nextId)) this.#nextId += 1;
    this.#nextId += 1;
    return this.#nextId - 1;
  }
}
