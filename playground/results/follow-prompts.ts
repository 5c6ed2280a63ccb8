import pMap from 'p-map';
import type { Answer, Gateway } from '../gateway/gateway.js';
import { reasonOf, untilAborted } from './until-aborted.js';

/** What was last heard of a prompt that is followed. */
export interface LivePrompt {
  readonly status?: string | null;
  readonly images?: readonly string[] | null;
  readonly text?: string | null;
  readonly error?: string | null;
  /** Why it is no longer followed before its end. */
  readonly fault?: string;
}

const MOST_AT_ONCE = 20;
const QUERY = `subscription ($id: ID!) {
  promptUpdated(id: $id) { id status images error text }
}`;

/** Whether it will not change any more. */
export function isSettled(status: string | null | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/** Follows prompts until each has settled, 20 at a time, and tells what it hears. Never fails: that is told as well. */
export async function followPrompts(
  gateway: Gateway,
  headers: Readonly<Record<string, string>>,
  ids: readonly string[],
  signal: AbortSignal,
  tell: (id: string, prompt: LivePrompt) => void,
): Promise<void> {
  const follow = async (id: string) => {
    if (signal.aborted) return;
    try {
      const updates = gateway.subscribe({ query: QUERY, variables: { id }, headers });
      for await (const answer of untilAborted(updates, signal)) tell(id, toLive(answer));
    } catch (error) {
      if (!signal.aborted) tell(id, { fault: `It cannot be followed: ${reasonOf(error)}` });
    }
  };
  await pMap(ids, follow, { concurrency: MOST_AT_ONCE });
}

function toLive({ data, errors }: Answer): LivePrompt {
  const prompt = data?.promptUpdated as LivePrompt | null | undefined;
  if (prompt) return prompt;
  return { fault: errors?.[0]?.message ?? 'There is no such prompt any more.' };
}
