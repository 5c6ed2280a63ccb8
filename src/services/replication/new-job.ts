import { randomUUID } from 'node:crypto';
import { timestamp } from '../../domain/clock.js';
import type { Replication, ReplicationItem } from '../../domain/replication.js';
import type { NamedSource } from './plan.js';
import { recorded } from './recorded.js';
import { type ReplicationRequest, withDefaults } from './request.js';

/** A job as it begins. `collectionId` is that of the replicas, as Portkey has it. */
export function newReplication(
  request: ReplicationRequest,
  {
    collectionId,
    ...given
  }: Pick<Replication, 'principal' | 'credential' | 'sandbox'> & { collectionId: string | null },
): Replication {
  const { dryRun, selection } = request;
  const targetModel = request.targetModel.trim();
  const options = { ...withDefaults(request.options), collectionId };
  const createdAt = timestamp();
  const open = {
    status: 'PLANNING',
    error: null,
    waitsFor: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
  } as const;
  return { id: randomUUID(), ...given, targetModel, dryRun, selection, options, ...open };
}

/** A line per source, all of them still to be planned. */
export function newItems(named: readonly NamedSource[]): ReplicationItem[] {
  const open = { action: 'CREATE', status: 'PENDING', replica: null, error: null, attempts: 0 } as const;
  return named.map(({ source, replicaName }, position) => ({
    position,
    source: recorded(source),
    replicaName,
    ...open,
  }));
}
