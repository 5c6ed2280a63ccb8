import type { Prompt } from '../../domain/prompt.js';
import { type Keyset, MAX_PAGE } from '../../upstream/astria/client.js';
import type { Expected } from './same-prompt.js';

/** How many pages of a tune's newest prompts are looked through. */
const MAX_PAGES = 10;

/**
 * The prompts among the newest of a tune that may be the one that is looked for, the oldest first: creates that look alike
 * are found in the order in which they were made.
 * @throws UpstreamError
 */
export async function findPrompt(
  read: (tuneId: string, keyset: Keyset) => Promise<readonly Prompt[] | null>,
  { tuneId, since }: Expected,
  isIt: (prompt: Prompt) => boolean,
): Promise<readonly Prompt[]> {
  const found: Prompt[] = [];
  let beforeId: number | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await read(tuneId, { limit: MAX_PAGE, beforeId });
    found.push(...(page ?? []).filter(isIt));
    const last = page?.at(-1);
    if (!page || !last || page.length < MAX_PAGE || isBefore(last, since)) break;
    beforeId = Number(last.id);
  }
  return found.reverse();
}

function isBefore({ createdAt }: Prompt, since: number): boolean {
  return typeof createdAt === 'string' && Date.parse(createdAt) < since;
}
