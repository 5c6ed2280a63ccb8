/** The most that is asked of Portkey's list at once. */
const MAX_PAGE = 100;

/**
 * What is known of how many prompts the server behind a connection gives per page. One that silently gives less than it
 * is asked for counts its pages in that size: all but the first are then other ones than were meant.
 */
export class PageSizes {
  #served = 0;
  #cap = MAX_PAGE;

  /** The most that is worth asking for, 1 to 100. */
  get most(): number {
    return this.#cap;
  }

  /** Whether a page of that many was ever given in full, or a larger one. */
  serves(size: number): boolean {
    return size <= this.#served;
  }

  /** A page of that many was given in full. */
  noteServed(size: number): void {
    this.#served = Math.max(this.#served, size);
  }

  /** There are more, but no page is larger than that. Disregarded where one was. */
  noteCap(size: number): void {
    if (size >= this.#served) this.#cap = size;
  }
}
