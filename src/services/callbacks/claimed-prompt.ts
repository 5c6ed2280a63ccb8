import { z } from 'zod';
import type { CallbackEnvelope } from '../../backplane/callback-store.js';

/** The prompt that a callback body names, and the form of that body. */
export interface ClaimedPrompt {
  readonly id: string;
  readonly envelope: CallbackEnvelope;
}

const bare = z.object({ id: z.int().positive() });
const body = z.union([
  z.object({ prompt: bare }).transform(({ prompt }) => ({ id: prompt.id, envelope: 'PROMPT' as const })),
  bare.transform(({ id }) => ({ id, envelope: 'BARE' as const })),
]);

/**
 * Reads the body of a callback. Returns null for a body of neither form. The content is not trusted: the gateway reads the
 * prompt itself.
 */
export function claimedPrompt(text: string): ClaimedPrompt | null {
  try {
    const { id, envelope } = body.parse(JSON.parse(text));
    return { id: String(id), envelope };
  } catch {
    return null;
  }
}
