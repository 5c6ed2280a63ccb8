import type { Call } from './call.js';
import { refusal } from './errors.js';

export const PAGING = ['current_page', 'page_size'] as const;

const SIZES = { min: 1, max: 100 };

/** Returns one page of the items in Portkey's list envelope. `current_page` starts at 0. @throws Refusal */
export function pageOf<T>(
  call: Call,
  items: readonly T[],
  present: (item: T) => unknown,
  sizes = SIZES,
): unknown {
  const size = pageSize(call, items.length, sizes);
  const start = (wholeNumber(call, 'current_page') ?? 0) * size;
  return toListResponse(items.slice(start, start + size).map(present), items.length);
}

/** Wraps items in Portkey's list envelope. */
export function toListResponse(data: unknown[], total = data.length): unknown {
  return { object: 'list', total, data };
}

/** Sorts records by creation time, newest first. If the times are equal, the record added last comes first. */
export function newestFirst<T extends { created_at: string }>(records: readonly T[]): T[] {
  return records.toReversed().sort((a, b) => compare(b.created_at, a.created_at));
}

function pageSize(call: Call, total: number, { min, max }: typeof SIZES): number {
  const wanted = wholeNumber(call, 'page_size');
  const { defaultPage } = call.state.dialect;
  if (wanted === null) return defaultPage === 'all' ? Math.max(1, total) : defaultPage;
  if (wanted >= min && wanted <= max) return wanted;
  throw refusal('AB01', `Validation failed: page_size must be between ${min} and ${max}`);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function wholeNumber(call: Call, name: string): number | null {
  const raw = call.request.query.get(name);
  if (raw === null) return null;
  if (!/^\d{1,9}$/.test(raw)) throw refusal('AB01', `Validation failed: ${name} must be a whole number`);
  return Number(raw);
}
