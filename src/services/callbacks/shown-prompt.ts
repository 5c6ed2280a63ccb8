import type { CallbackEnvelope } from '../../backplane/callback-store.js';
import type { RawPrompt } from '../../domain/prompt.js';
import { isRecord } from '../../upstream/decode.js';
import { ownAddress, withoutOwnAddresses } from './addresses.js';

/** Stands in for a callback URL of the gateway that has no target. */
const HIDDEN = '[address]';

/** Returns the prompt as Astria sent it, with the caller's URL in place of every callback URL of the gateway. */
export function shownPrompt(raw: RawPrompt, target: string | null): Record<string, unknown> {
  return shownObject(raw, target);
}

/** Returns the body that the gateway posts to the caller's URL, as JSON. */
export function relayedBody(raw: RawPrompt, target: string, envelope: CallbackEnvelope | null): string {
  const prompt = { ...shownPrompt(raw, target), callback: target };
  return JSON.stringify(envelope === 'PROMPT' ? { prompt } : prompt);
}

function shownObject(value: RawPrompt, target: string | null): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shown(each, target)]));
}

function shown(value: unknown, target: string | null): unknown {
  if (typeof value === 'string') {
    if (value === target) return value;
    return ownAddress(value) ? target : withoutOwnAddresses(value, target ?? HIDDEN);
  }
  if (Array.isArray(value)) return value.map((each) => shown(each, target));
  return isRecord(value) ? shownObject(value, target) : value;
}
