import type { PageStorage } from '../browser-storage.js';
import type { Example } from '../examples/examples.js';
import type { ChosenFiles } from '../uploads/chosen-files.js';
import type { SlotFiles } from '../uploads/multipart.js';
import { slotKey, type UploadSlot } from '../uploads/upload-slots.js';

const NAME = 'promptgate:own-files';

/**
 * Sample files of the example tabs. They never replace input of the user: neither a file, which a reload removes, nor a URL
 * in the variables.
 */
export class Samples {
  readonly #chosen: ChosenFiles;
  readonly #local: PageStorage;
  readonly #files = new WeakSet<File>();
  readonly #given = new Set<string>();
  readonly #own: Set<string>;

  /** @param local Storage that remembers the tabs with files of the user. */
  constructor(chosen: ChosenFiles, local: PageStorage) {
    this.#chosen = chosen;
    this.#local = local;
    this.#own = new Set(read(local));
  }

  /** Adds the samples to a tab once. Ignores samples that cannot be loaded. */
  async give(tabId: string, { samples = [] }: Example): Promise<void> {
    if (this.#given.has(tabId) || this.#own.has(tabId)) return;
    this.#given.add(tabId);
    const fetched = samples.map(async ({ path, name, url }) => {
      const file = await fetchFile(url, name).catch(() => null);
      if (file === null || this.#own.has(tabId)) return;
      this.#files.add(file);
      this.#chosen.set(tabId, path, [file]);
    });
    await Promise.all(fetched);
  }

  /** Marks the files of the tab as the user's. */
  leaveTo(tabId: string): void {
    this.#own.add(tabId);
    this.#write();
  }

  /** Returns true if a reload has removed files of the user. */
  hasLost(tabId: string): boolean {
    return this.#own.has(tabId) && !this.#chosen.has(tabId);
  }

  /** Returns the files to send. A value in the variables replaces a sample. */
  withoutUnwanted(files: SlotFiles, slots: readonly UploadSlot[]): SlotFiles {
    const overridden = new Set(slots.filter(({ instead }) => instead !== null).map(slotKey));
    const isWanted = (key: string) => (file: File) => !(overridden.has(key) && this.#files.has(file));
    return new Map([...files].map(([key, kept]) => [key, kept.filter(isWanted(key))]));
  }

  keepOnly(tabIds: readonly string[]): void {
    const closed = [...this.#own].filter((tabId) => !tabIds.includes(tabId));
    for (const tabId of closed) this.#own.delete(tabId);
    if (closed.length > 0) this.#write();
  }

  #write(): void {
    try {
      this.#local.setItem(NAME, JSON.stringify([...this.#own]));
    } catch {
      // The storage is full, so the samples return on the next visit.
    }
  }
}

function read(local: PageStorage): string[] {
  try {
    const kept: unknown = JSON.parse(local.getItem(NAME) ?? '[]');
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

async function fetchFile(url: string, name: string): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The file ${name} is missing.`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
