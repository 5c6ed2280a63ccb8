import { useEffect, useState } from 'react';
import { useGateway } from '../gateway/context.js';
import { followReplication, type Sighting } from './follow-replication.js';

/** Where one is in the items. */
export interface Place {
  /** The cursors of the pages that were turned; none at the first page. */
  readonly cursors: readonly string[];
  /** Only items of this status; null: all of them. */
  readonly status: string | null;
}

interface Seen extends Sighting {
  /** Where the items are that are seen: until those of another place have come, those of the one before. */
  readonly place: Place;
}

/** A replication and a page of its items, as they were last heard of. The same place is to be the same object. */
export function useReplication(id: string, place: Place, headers: Readonly<Record<string, string>>): Seen {
  const gateway = useGateway();
  const [seen, setSeen] = useState<Seen>({ replication: null, fault: null, again: null, place });
  useEffect(() => {
    const controller = new AbortController();
    const follow = async () => {
      const { signal } = controller;
      const page = { id, after: place.cursors.at(-1) ?? null, status: place.status };
      for await (const sighting of followReplication(gateway, headers, page, signal)) {
        if (signal.aborted) return;
        const { replication, fault, again } = sighting;
        setSeen((before) => (replication ? { ...sighting, place } : { ...before, fault, again }));
      }
    };
    void follow();
    return () => controller.abort();
  }, [gateway, headers, id, place]);
  return seen;
}
