/** Largest number of ended jobs that are kept per principal, and of their items in total. */
const KEPT_JOBS = 1_000;
const KEPT_ITEMS = 500_000;

export const SAVE_ITEM = `
  INSERT INTO items
    (seq, position, source_id, source, replica_name, action, status, replica, error, attempts, saved_at)
  VALUES ((SELECT seq FROM replications WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (seq, position) DO UPDATE SET
    source = excluded.source, action = excluded.action, status = excluded.status, replica = excluded.replica,
    error = excluded.error, attempts = excluded.attempts, saved_at = excluded.saved_at`;

/** Selects the owners of the jobs of one principal, one row per job. */
export const OWNERS_OF = 'SELECT owner FROM replications WHERE owner IS NOT NULL AND principal = ?';

/** Releases the jobs of a dead process. Takes the time as a string, the time in milliseconds and the process. */
export const FREE_ORPHANS = `
  UPDATE replications SET
    status = CASE WHEN status = 'UNDOING' THEN 'UNDOING' WHEN cancel_requested = 1 THEN 'CANCELLED' ELSE 'INTERRUPTED' END,
    finished_at = CASE WHEN cancel_requested = 1 THEN ? ELSE finished_at END,
    owner = NULL, waits_for = NULL, cancel_requested = 0, released_at = ?
  WHERE owner = ?`;

/**
 * Selects the jobs that share an item with a job and are claimed now or were claimed since a given time. `isOpen` is 1 if
 * Portkey may still execute a request of the job.
 */
export const OVERLAPPING = `
  SELECT other.id, other.owner, other.turn < own.turn AS isBefore, other.released_at AS releasedAt, EXISTS (
      SELECT 1 FROM items WHERE items.seq = other.seq
        AND (status = 'RUNNING' OR status = 'FAILED' AND json_extract(error, '$.code') = 'OUTCOME_UNKNOWN')
    ) AS isOpen
  FROM replications own JOIN replications other ON other.seq <> own.seq
  WHERE own.id = ? AND other.dry_run = 0 AND (other.owner IS NOT NULL OR other.released_at >= ?)
    AND (
      EXISTS (
        SELECT 1 FROM items one JOIN items two ON two.seq = other.seq AND two.source_id = one.source_id
        WHERE one.seq = own.seq
      ) OR other.credential = own.credential AND EXISTS (
        SELECT 1 FROM items one JOIN items two ON two.seq = other.seq AND two.replica_name = one.replica_name
        WHERE one.seq = own.seq
      )
    )
  ORDER BY other.turn`;

/** Selects recent writes to replicas of a job's sources. See ReplicationStore.recentReplicas. */
export const RECENT_REPLICAS = `
  SELECT two.source_id AS sourceId, two.replica AS replica, other.id AS replicationId,
    two.status AS status, two.saved_at AS savedAt
  FROM replications own
  JOIN items one ON one.seq = own.seq
  JOIN replications other ON other.target_model = own.target_model AND other.sandbox IS own.sandbox
    AND other.dry_run = 0 AND (other.owner IS NOT NULL OR other.released_at >= coalesce(?, own.recorded_at, 0))
  JOIN items two ON two.seq = other.seq AND two.source_id = one.source_id
  WHERE own.id = ? AND two.saved_at >= coalesce(?, own.recorded_at, 0) AND two.replica IS NOT NULL
    AND (two.status = 'UNDONE' OR json_extract(two.replica, '$.written') IS NOT NULL)
  ORDER BY two.saved_at`;

/** Selects versions that jobs could not publish. See ReplicationStore.unpublishedVersions. CROSS JOIN fixes the join order. */
export const UNPUBLISHED_VERSIONS = `
  SELECT json_extract(two.replica, '$.id') AS replicaId, json_extract(two.replica, '$.written.id') AS versionId
  FROM replications own
  CROSS JOIN replications other ON other.target_model = own.target_model AND other.sandbox IS own.sandbox
    AND other.dry_run = 0
  CROSS JOIN items two ON two.seq = other.seq AND two.status IN ('FAILED', 'RUNNING', 'PENDING')
  CROSS JOIN items one ON one.seq = own.seq AND one.source_id = two.source_id
  WHERE own.id = ? AND json_extract(two.replica, '$.written.toPublish')
    AND NOT json_extract(two.replica, '$.written.isPublished') AND versionId IS NOT NULL`;

/** Deletes the oldest ended jobs of each principal, dry runs first. Keeps jobs that can still be resumed. */
export const FORGET = `
  DELETE FROM replications WHERE seq IN (
    SELECT seq FROM (
      SELECT seq, row_number() OVER newest AS jobs, sum(size) OVER newest AS items
      FROM replications WHERE owner IS NULL AND (status NOT IN ('INTERRUPTED', 'UNDOING') OR dry_run)
      WINDOW newest AS (PARTITION BY principal ORDER BY dry_run, seq DESC)
    )
    WHERE jobs > ${KEPT_JOBS} OR items > ${KEPT_ITEMS}
  )`;
