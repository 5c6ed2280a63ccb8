import { useEffect, useState } from 'react';
import { useGateway } from '../gateway/context.js';
import type { FoundPrompt } from './extract-entities.js';
import { followPrompts, isSettled, type LivePrompt } from './follow-prompts.js';

/**
 * Returns the updates of running and new prompts by id while the component is mounted.
 * @param announce Stable function that receives an announcement for every settled prompt.
 */
export function usePromptUpdates(
  prompts: readonly FoundPrompt[],
  headers: Readonly<Record<string, string>>,
  announce: (message: string) => void,
): ReadonlyMap<string, LivePrompt> {
  const gateway = useGateway();
  const [live, setLive] = useState<ReadonlyMap<string, LivePrompt>>(new Map());
  // A new result of a subscription often has the same prompts, whose subscriptions continue.
  const ids = JSON.stringify(prompts.filter(isToBeFollowed).map(({ id }) => id));
  useEffect(() => {
    const controller = new AbortController();
    const tell = (id: string, prompt: LivePrompt) => {
      setLive((before) => new Map(before).set(id, { ...before.get(id), ...prompt }));
      if (isSettled(prompt.status)) announce(`Prompt ${id} ${prompt.status?.toLowerCase()}`);
    };
    void followPrompts({ gateway, headers, signal: controller.signal, tell }, JSON.parse(ids));
    return () => controller.abort();
  }, [gateway, headers, ids, announce]);
  return live;
}

/** Returns true if the prompt may still change according to the response. */
export function isToBeFollowed({ id, status, isNew }: FoundPrompt): boolean {
  return id !== null && (status === 'RUNNING' || (isNew && status == null));
}

/** Merges a prompt with its latest update. A settled prompt in the response is newer than the update. */
export function asLastHeard(prompt: FoundPrompt, live: LivePrompt | undefined): FoundPrompt & LivePrompt {
  return live && !isSettled(prompt.status) ? { ...prompt, ...live } : prompt;
}
