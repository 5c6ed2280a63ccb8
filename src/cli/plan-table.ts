import type { Item } from './operations.js';
import { drawTable, lineWidth } from './table.js';
import type { Output } from './terminal.js';

/** Number of items by planned action. */
export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly skip: number;
  /** Number of items whose replica name another prompt already has. */
  readonly conflict: number;
  /** Number of items that are impossible for another reason. */
  readonly fail: number;
}

const MAX_ROWS = 20;
/** Order of the rows. Actions that need attention come first. */
const ORDER = ['conflict', 'fail', 'update', 'create', 'skip'] as const satisfies (keyof PlanCounts)[];

export function countPlan(items: readonly Item[]): PlanCounts {
  const counts = { create: 0, update: 0, skip: 0, conflict: 0, fail: 0 };
  for (const item of items) counts[plannedAction(item)] += 1;
  return counts;
}

/** Draws the counts of a plan and its first rows. */
export function drawPlan(items: readonly Item[], output: Output): string {
  const counts = countPlan(items);
  const actions = ['create', 'update', 'skip', 'conflict', 'fail'] as const;
  const summary = drawTable(
    [...actions, 'total'].map((title) => ({ title })),
    [[...actions.map((action) => String(counts[action])), String(items.length)]],
  );
  if (items.length === 0) return summary;
  const rows = ORDER.flatMap((action) => items.filter((item) => plannedAction(item) === action))
    .slice(0, MAX_ROWS)
    .map((item) => [
      item.source.name ?? item.source.id,
      plannedAction(item),
      item.replicaName,
      item.error?.message ?? '',
    ]);
  const hasNotes = rows.some(([, , , note]) => note !== '');
  const width = lineWidth(output) - ACTION_AND_BORDERS;
  const limit = Math.floor(width / (hasNotes ? 3 : 2));
  const names = [{ title: 'prompt', limit }, { title: 'action' }, { title: 'replica', limit }];
  const columns = hasNotes ? [...names, { title: 'note', limit }] : names;
  const cells = rows.map((row) => row.slice(0, columns.length));
  const hiddenCount = items.length - MAX_ROWS;
  const more =
    hiddenCount > 0
      ? `... and ${hiddenCount} more. Use --dry-run with --csv or --json to list them all.\n`
      : '';
  return `${summary}${drawTable(columns, cells)}${more}`;
}

/** Width of the action column, the borders and the padding. */
const ACTION_AND_BORDERS = 21;

function plannedAction({ action, status }: Item): keyof PlanCounts {
  if (action === 'CONFLICT') return 'conflict';
  if (status === 'FAILED') return 'fail';
  return action === 'CREATE' ? 'create' : action === 'UPDATE' ? 'update' : 'skip';
}
