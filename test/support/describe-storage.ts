import { afterEach, beforeEach } from '@jest/globals';
import { type EmbeddedStorage, openStorage } from '../../src/storage/embedded/embedded-storage.js';
import { openStore, silentLog, type TestStore, temporaryFolder } from './store.js';

/** Storage of the current test. */
export interface TestStorage
  extends Pick<EmbeddedStorage, 'replications' | 'creates' | 'idempotency' | 'callbacks' | 'now' | 'close'> {
  readonly folder: string;
  /** Opens the folder again, like another process. */
  open(): EmbeddedStorage;
  /** Closes the storage and opens it again with empty memory. */
  restart(): Promise<void>;
}

/** Opens a storage in a temporary folder before each test of the file or `describe`, and removes it afterwards. */
export function describeStorage(): TestStorage {
  const open = (folder: string) => openStorage(folder, silentLog);
  const disk = describeOnDisk(open);
  return {
    get folder() {
      return disk.folder;
    },
    get replications() {
      return disk.opened.replications;
    },
    get creates() {
      return disk.opened.creates;
    },
    get idempotency() {
      return disk.opened.idempotency;
    },
    get callbacks() {
      return disk.opened.callbacks;
    },
    now: () => disk.opened.now(),
    close: () => disk.opened.close(),
    open: () => open(disk.folder),
    async restart() {
      await disk.reopen();
    },
  };
}

/** Like `describeStorage`, for tests of replications only. */
export const describeStore = (): OnDisk<TestStore> => describeOnDisk((folder) => openStore(folder));

interface OnDisk<T> {
  readonly folder: string;
  readonly opened: T;
  /** Closes the store and opens the folder again with empty memory. */
  reopen(): Promise<T>;
}

function describeOnDisk<T extends { close(): Promise<void> }>(open: (folder: string) => T): OnDisk<T> {
  let disk: ReturnType<typeof temporaryFolder>;
  let opened: T;
  beforeEach(() => {
    disk = temporaryFolder();
    opened = open(disk.folder);
  });
  afterEach(async () => {
    await opened.close();
    disk.remove();
  });
  return {
    get folder() {
      return disk.folder;
    },
    get opened() {
      return opened;
    },
    async reopen() {
      await opened.close();
      opened = open(disk.folder);
      return opened;
    },
  };
}
