import { z } from 'zod';

const bare = z.object({ id: z.int().positive() });
const wrapped = z.object({ prompt: bare }).transform(({ prompt }) => prompt);
const shape = z.union([wrapped, bare]);

/**
 * The id of the prompt that the body of a callback speaks of, bare or under `prompt`; null where it has neither shape.
 * Nothing of it is to be believed before the prompt was read.
 */
export function claimedPrompt(body: string): string | null {
  try {
    return String(shape.parse(JSON.parse(body)).id);
  } catch {
    return null;
  }
}
