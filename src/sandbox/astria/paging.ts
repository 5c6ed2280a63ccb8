import { json, Refusal } from '../response.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 120;

export function badRequest(message: string): Refusal {
  return new Refusal(json(400, { error: message }));
}

/** Rejects query parameters that the endpoint does not document. @throws Refusal */
export function refuseUnknownQuery(query: URLSearchParams, known: readonly string[]): void {
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw badRequest(`unknown query parameter: ${unknown.join(', ')}`);
}

/** Returns true if the query sets this flag. Its only valid value is `true`. @throws Refusal */
export function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && value !== 'true') throw badRequest(`${name} must be true`);
  return value === 'true';
}

export function wholeNumber(query: URLSearchParams, name: string): number | null {
  const raw = query.get(name);
  if (raw === null) return null;
  const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
  if (Number.isNaN(value)) throw badRequest(`${name} must be a whole number`);
  return value;
}

interface PageLimits {
  /** 200 for tunes, 10 000 for prompts. */
  maxOffset: number;
  /** Reduces a larger limit to the maximum instead of rejecting it. */
  clamps?: boolean;
}

/** Returns one page of the records, newest (highest id) first. @throws Refusal */
export function pageOf<T extends { id: number }>(
  records: readonly T[],
  query: URLSearchParams,
  { maxOffset, clamps = false }: PageLimits,
): T[] {
  const wanted = wholeNumber(query, 'limit') ?? DEFAULT_LIMIT;
  const limit = clamps ? Math.min(wanted, MAX_LIMIT) : wanted;
  if (limit < 1 || limit > MAX_LIMIT) throw badRequest(`limit must be between 1 and ${MAX_LIMIT}`);
  const offset = wholeNumber(query, 'offset') ?? 0;
  if (offset > maxOffset)
    throw badRequest(`offset must not exceed ${maxOffset}; page with before_id instead`);
  const beforeId = wholeNumber(query, 'before_id') ?? Number.POSITIVE_INFINITY;
  return records
    .filter(({ id }) => id < beforeId)
    .sort((a, b) => b.id - a.id)
    .slice(offset, offset + limit);
}

export const PAGING = ['limit', 'offset', 'before_id'] as const;
