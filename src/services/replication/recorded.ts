import type { PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { RecordedPrompt } from '../../domain/replication.js';

/** What the record keeps of a prompt: plain text, so that any store can; what cannot be read is nothing there. */
export function recorded({ id, slug, name, model, collectionId }: PortkeyPromptSummary): RecordedPrompt {
  return { id, slug: plain(slug), name: plain(name), model: plain(model), collectionId: plain(collectionId) };
}

const plain = (value: unknown) => (typeof value === 'string' ? value : null);
