import { useEffect, useState } from 'react';
import { useGateway } from '../gateway/context.js';
import { followReplication, type ReplicationUpdate } from './follow-replication.js';

/** Position in the items. */
export interface Position {
  /** Cursors of the previous pages. Empty on the first page. */
  readonly cursors: readonly string[];
  /** Status of the items, or null for all. */
  readonly status: string | null;
}

interface VisibleReplication extends ReplicationUpdate {
  /** Position of the visible items, which are the previous ones while others load. */
  readonly position: Position;
}

/** Returns the latest state of a replication and a page of its items. Equal positions must be the same object. */
export function useReplication(
  id: string,
  position: Position,
  headers: Readonly<Record<string, string>>,
): VisibleReplication {
  const gateway = useGateway();
  const [visible, setVisible] = useState<VisibleReplication>({
    replication: null,
    error: null,
    retryInSeconds: null,
    position,
  });
  useEffect(() => {
    const controller = new AbortController();
    const follow = async () => {
      const { signal } = controller;
      const page = { id, after: position.cursors.at(-1) ?? null, status: position.status };
      for await (const update of followReplication(gateway, headers, page, signal)) {
        if (signal.aborted) return;
        const { replication, error, retryInSeconds } = update;
        setVisible((previous) =>
          replication ? { ...update, position } : { ...previous, error, retryInSeconds },
        );
      }
    };
    void follow();
    return () => controller.abort();
  }, [gateway, headers, id, position]);
  return visible;
}
