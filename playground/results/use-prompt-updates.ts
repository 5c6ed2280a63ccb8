import { useEffect, useState } from 'react';
import { useGateway } from '../gateway/context.js';
import { followPrompts, isSettled, type LivePrompt } from './follow-prompts.js';
import type { FoundPrompt } from './found-objects.js';

/**
 * What is heard of the prompts that are running or were just made, by id, while the component is there.
 * @param announce Must stay the same; told in words of every prompt that settles.
 */
export function usePromptUpdates(
  prompts: readonly FoundPrompt[],
  headers: Readonly<Record<string, string>>,
  announce: (words: string) => void,
): ReadonlyMap<string, LivePrompt> {
  const gateway = useGateway();
  const [live, setLive] = useState<ReadonlyMap<string, LivePrompt>>(new Map());
  // A new answer of a subscription often names the same ones: these are followed on.
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

/** Whether it may still change, as far as the answer tells. */
export function isToBeFollowed({ id, status, isNew }: FoundPrompt): boolean {
  return id !== null && (status === 'RUNNING' || (isNew && status == null));
}

/** The prompt as it was last heard of. What has settled in the answer itself is newer than what was heard. */
export function asLastHeard(prompt: FoundPrompt, live: LivePrompt | undefined): FoundPrompt & LivePrompt {
  return live && !isSettled(prompt.status) ? { ...prompt, ...live } : prompt;
}
