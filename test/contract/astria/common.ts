import { z } from 'zod';

export const id = z.int().positive();
export const time = z.iso.datetime({ precision: 3 });
export const url = z.url({ protocol: /^https?$/ });
export const noBody = z.undefined();
export const jsonObject = z.record(z.string(), z.unknown());

const digits = z.string().regex(/^\d+$/);
const MAX_LIMIT = 120;

export const limit = digits.refine((value) => Number(value) >= 1 && Number(value) <= MAX_LIMIT, '1 to 120');
/** Both lists reject a larger offset and recommend `before_id`. */
export const paging = (maxOffset: number) => ({
  limit: limit.optional(),
  before_id: digits.optional(),
  offset: digits.refine((value) => Number(value) <= maxOffset, `at most ${maxOffset}`).optional(),
});
export const queryText = z.string().min(1).optional();
export const queryId = digits.optional();
export const queryTrue = z.literal('true').optional();
export const expand = {
  /** The vendor's client also prefixes it with the entity. */
  'expand[]': z.enum(['debug_images', 'prompt.debug_images']).optional(),
};
