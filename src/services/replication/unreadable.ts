import type { PortkeyPrompt } from '../../domain/portkey-prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';

/** What a replica takes from its source: its content, and what names it and remembers where it comes from. */
const COPIED = [
  'template',
  'isRawTemplate',
  'parameters',
  'functions',
  'tools',
  'toolChoice',
  'metadata',
  'virtualKey',
  'collectionId',
  'versionId',
  'versionDescription',
  'name',
  'model',
] as const satisfies readonly (keyof PortkeyPrompt)[];

/** Why a prompt cannot be the source of a replica: the first unreadable field of those that it copies. Pure. */
export function unreadable(prompt: PortkeyPrompt): UpstreamError | null {
  for (const field of COPIED) {
    const value = prompt[field];
    if (value instanceof UpstreamError) return value;
  }
  return null;
}
