import { afterEach, beforeEach } from '@jest/globals';
import { EmbeddedBackplane } from '../../src/backplane/embedded/embedded-backplane.js';
import { silentLog, temporaryFolder } from './store.js';

/** The backplane of the current test. */
export interface TestBackplane
  extends Pick<
    EmbeddedBackplane,
    'replications' | 'creates' | 'idempotency' | 'callbacks' | 'now' | 'close'
  > {
  readonly folder: string;
  /** Opens the folder like another process. */
  open(): EmbeddedBackplane;
  /** Closes the backplane and opens it again, with nothing in memory. */
  restart(): Promise<void>;
}

/** Opens a backplane in a temporary folder before each test of the surrounding file or `describe`, and removes both after it. */
export function describeBackplane(): TestBackplane {
  let disk: ReturnType<typeof temporaryFolder>;
  let backplane: EmbeddedBackplane;
  const open = () => new EmbeddedBackplane(disk.folder, silentLog);
  beforeEach(() => {
    disk = temporaryFolder();
    backplane = open();
  });
  afterEach(async () => {
    await backplane.close();
    disk.remove();
  });
  return {
    get folder() {
      return disk.folder;
    },
    get replications() {
      return backplane.replications;
    },
    get creates() {
      return backplane.creates;
    },
    get idempotency() {
      return backplane.idempotency;
    },
    get callbacks() {
      return backplane.callbacks;
    },
    now: () => backplane.now(),
    close: () => backplane.close(),
    open,
    async restart() {
      await backplane.close();
      backplane = open();
    },
  };
}
