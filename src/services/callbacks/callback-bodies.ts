import { z } from 'zod';
import type { RawPrompt } from '../../domain/prompt.js';
import type { CallbackEnvelope } from '../../storage/callback-store.js';
import { isRecord } from '../../upstream/decode.js';
import { ownAddress, redactCallbackUrls } from './callback-urls.js';

const promptId = z.int().positive().transform(String);
const body = z.union([
  z
    .object({ prompt: z.object({ id: promptId }) })
    .transform(({ prompt }) => ({ id: prompt.id, envelope: 'PROMPT' as const })),
  z.object({ id: promptId }).transform(({ id }) => ({ id, envelope: 'BARE' as const })),
]);

/**
 * Returns the id of the prompt that a callback body names, and the body's form; null for any other form. The gateway does
 * not trust the content, and reads the prompt itself.
 */
export function reportedPrompt(text: string): z.infer<typeof body> | null {
  try {
    return body.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Replaces a callback URL of the gateway that has no target. */
const HIDDEN = '[address]';

/** Returns the prompt as Astria sent it, with each callback URL of the gateway replaced by the caller's URL. */
export function shownPrompt(raw: RawPrompt, target: string | null): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).map(([name, each]) => [name, shown(each, target)]));
}

/** Returns the body that the gateway posts to the caller's URL, as JSON. */
export function relayedBody(raw: RawPrompt, target: string, envelope: CallbackEnvelope | null): string {
  const prompt = { ...shownPrompt(raw, target), callback: target };
  return JSON.stringify(envelope === 'PROMPT' ? { prompt } : prompt);
}

function shown(value: unknown, target: string | null): unknown {
  if (typeof value === 'string') {
    if (value === target) return value;
    return ownAddress(value) ? target : redactCallbackUrls(value, target ?? HIDDEN);
  }
  if (Array.isArray(value)) return value.map((each) => shown(each, target));
  return isRecord(value) ? shownPrompt(value, target) : value;
}
