import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Log } from '../../src/domain/log.js';
import type { Replication, ReplicationItem } from '../../src/domain/replication.js';
import { openStorage } from '../../src/storage/embedded/embedded-storage.js';
import { SqliteReplicationStore } from '../../src/storage/embedded/sqlite-replication-store.js';
import type { ClaimedReplication } from '../../src/storage/replication-store.js';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Creates a temporary folder, which `remove` deletes. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'promptgate-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Store of replications in one process. */
export type TestStore = SqliteReplicationStore & {
  readonly process: string;
  /** Returns the last job that this process created or claimed under an id. */
  claimed(id: string): ClaimedReplication;
  close(): Promise<void>;
};

export function openStore(folder: string, log: Log = silentLog): TestStore {
  const storage = openStorage(folder, log);
  const { process, replications } = storage;
  const claims = new Map<string, ClaimedReplication>();
  const { create, claim } = SqliteReplicationStore.prototype;
  const keep = <T extends ClaimedReplication | null>(id: string, claimed: T): T => {
    if (claimed) claims.set(id, claimed);
    return claimed;
  };
  return Object.assign(replications, {
    process,
    claimed(id: string) {
      const claimed = claims.get(id);
      if (!claimed) throw new Error(`This process has not claimed ${id}.`);
      return claimed;
    },
    create: async (...args: Parameters<typeof create>) =>
      keep(args[0].id, await create.apply(replications, args)),
    claim: async (...args: Parameters<typeof claim>) => keep(args[0], await claim.apply(replications, args)),
    close: () => storage.close(),
  });
}

export function newJob(id: string, given: Partial<Replication> = {}): Replication {
  return {
    id,
    principal: 'me',
    credential: 'mine',
    status: 'PLANNING',
    targetModel: 'gpt-5',
    dryRun: false,
    selection: { search: 'x' },
    options: {
      nameTemplate: '{name}-replica',
      virtualKey: null,
      collectionId: null,
      versionDescription: null,
      concurrency: 4,
      onExisting: 'SKIP',
      verify: false,
    },
    error: null,
    waitsFor: null,
    sandbox: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    ...given,
  };
}

export function newItem(position: number, given: Partial<ReplicationItem> = {}): ReplicationItem {
  const source = {
    id: `s${position}`,
    slug: `pp-s${position}`,
    name: `s${position}`,
    model: 'm',
    collectionId: null,
  };
  return {
    position,
    source,
    action: 'CREATE',
    status: 'PENDING',
    replicaName: `s${position}-replica`,
    replica: null,
    error: null,
    attempts: 0,
    ...given,
  };
}

export function newItems(count: number, from = 0): ReplicationItem[] {
  return Array.from({ length: count }, (_, n) => newItem(from + n));
}
