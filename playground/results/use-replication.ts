import { useEffect, useState } from 'react';
import { useGateway } from '../gateway/context.js';
import { followReplication, type ReplicationUpdate } from './follow-replication.js';

/** Position in the items. */
export interface Place {
  /** Cursors of the previous pages. Empty on the first page. */
  readonly cursors: readonly string[];
  /** Status of the items, or null for all. */
  readonly status: string | null;
}

interface Seen extends ReplicationUpdate {
  /** Position of the visible items, which are the previous ones while others load. */
  readonly place: Place;
}

/** Returns the latest state of a replication and a page of its items. Equal positions must be the same object. */
export function useReplication(id: string, place: Place, headers: Readonly<Record<string, string>>): Seen {
  const gateway = useGateway();
  const [seen, setSeen] = useState<Seen>({ replication: null, error: null, retryInSeconds: null, place });
  useEffect(() => {
    const controller = new AbortController();
    const follow = async () => {
      const { signal } = controller;
      const page = { id, after: place.cursors.at(-1) ?? null, status: place.status };
      for await (const update of followReplication(gateway, headers, page, signal)) {
        if (signal.aborted) return;
        const { replication, error, retryInSeconds } = update;
        setSeen((before) => (replication ? { ...update, place } : { ...before, error, retryInSeconds }));
      }
    };
    void follow();
    return () => controller.abort();
  }, [gateway, headers, id, place]);
  return seen;
}
