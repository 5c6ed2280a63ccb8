import { timestamp } from '../../domain/clock.js';
import type { ReplicationItem } from '../../domain/replication.js';
import type { ClaimedReplication, Conflicts, ReplicationChanges } from '../replication-store.js';
import type { Connection, Opened } from './connection.js';
import { columnsOf, toValue, type Value } from './rows.js';
import { FREE_ORPHANS, OVERLAPPING, SAVE_ITEM } from './statements.js';

/** Returns the writer of a job that this process has claimed. */
export function claimedReplication(connection: Connection, id: string): ClaimedReplication {
  return {
    update(changes) {
      return connection.write((opened) =>
        changes.status === 'RUNNING'
          ? update(opened, id, changes, 'running_at = ?', opened.clock.now())
          : update(opened, id, changes),
      );
    },
    async release(changes) {
      const release = 'owner = NULL, waits_for = NULL, cancel_requested = 0, released_at = ?';
      await connection.transact((opened) => {
        const owner = ownerOf(opened, id);
        // Another process may have claimed the job since its first release.
        if (owner === null || owner === opened.processLock.id)
          update(opened, id, changes, release, opened.clock.now());
      });
    },
    async isCancelRequested() {
      const sql = 'SELECT cancel_requested FROM replications WHERE id = ?';
      return connection.read((opened) => opened.column(sql, id)[0] === 1);
    },
    findConflicts: (since) => connection.read((opened) => conflictsOf(opened, id, since)),
    reset() {
      const sql = `UPDATE items SET action = 'CREATE', status = 'PENDING', replica = NULL, error = NULL, attempts = 0
        WHERE seq = ${SEQ}`;
      return connection.write((opened) => opened.run(sql, id));
    },
    saveItem: (item) =>
      connection.write((opened) => opened.run(SAVE_ITEM, ...itemValues(id, item, opened.clock.now()))),
    removeItem(position) {
      const sql = `DELETE FROM items WHERE seq = ${SEQ} AND position = ?`;
      return connection.write((opened) => opened.run(sql, id, position));
    },
  };
}

interface ConflictRow {
  readonly id: string;
  readonly owner: string | null;
  readonly isBefore: number;
  readonly releasedAt: number;
  readonly isOpen: number;
}

function conflictsOf(opened: Opened, id: string, since: number): Conflicts {
  // Jobs of dead processes count as ended from now on.
  freeOrphans(opened);
  const rows = opened.all<ConflictRow>(OVERLAPPING, id, since);
  const ended = rows.filter(({ owner }) => owner === null);
  const open = ended.filter(({ isOpen }) => isOpen === 1).sort((a, b) => b.releasedAt - a.releasedAt)[0];
  return {
    blockedBy: rows.find(({ owner, isBefore }) => owner !== null && isBefore === 1)?.id ?? null,
    lastEnd: ended.length > 0 ? Math.max(...ended.map(({ releasedAt }) => releasedAt)) : null,
    open: open ? { id: open.id, since: open.releasedAt } : null,
  };
}

export const SEQ = '(SELECT seq FROM replications WHERE id = ?)';
export const NEXT_TURN = '(SELECT coalesce(max(turn), 0) + 1 FROM replications)';

export function update(
  opened: Opened,
  id: string,
  changes: ReplicationChanges,
  more?: string,
  ...given: Value[]
): void {
  const [columns, values] = columnsOf(changes);
  const assignments = [...columns.map((column) => `${column} = ?`), ...(more ? [more] : [])];
  if (assignments.length === 0) return;
  opened.run(`UPDATE replications SET ${assignments.join(', ')} WHERE id = ?`, ...values, ...given, id);
}

/** Returns the living process that has claimed a job, or null. */
export function ownerOf(opened: Opened, id: string): string | null {
  const [owner] = opened.column<string | null>('SELECT owner FROM replications WHERE id = ?', id);
  return owner && opened.processLock.isAlive(owner) ? owner : null;
}

export function itemValues(id: string, item: ReplicationItem, savedAt: number): Value[] {
  const { position, source, replicaName, action, status, replica, error, attempts } = item;
  const values = [id, position, source.id, source, replicaName, action, status, replica, error, attempts];
  return [...values.map(toValue), savedAt];
}

/** Releases the jobs of dead processes. */
export function freeOrphans(opened: Opened): void {
  const owners = 'SELECT DISTINCT owner FROM replications WHERE owner IS NOT NULL';
  for (const owner of opened.column<string>(owners))
    if (!opened.processLock.isAlive(owner)) opened.run(FREE_ORPHANS, timestamp(), opened.clock.now(), owner);
}
