import { z } from 'zod';
import { type Answer, json } from '../answer.js';
import type { Dialect } from '../dialect.js';
import { type Call, promptToRead, promptToWrite, readBody, readQuery, requireLabel } from './call.js';
import { refusal } from './errors.js';
import { presentPrompt, presentVersionItem } from './present.js';
import { type PortkeyPrompt, type PromptVersion, timestamp } from './records.js';

const LabelBody = z.strictObject({ label_id: z.string().nullable() });
export const MakeDefaultBody = z.strictObject({ version: z.int().min(1) });

/** GET /prompts/:id/versions, newest first. */
export function listVersions(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToRead(call, 'lists');
  const versions = prompt.versions.toReversed().map((version) => presentVersionItem(prompt, version));
  return json(200, inShape(versions, call.state.dialect.versionLists));
}

export function inShape(versions: unknown[], shape: Dialect['versionLists']): unknown {
  return shape === 'bare' ? versions : { object: 'list', total: versions.length, data: versions };
}

/** GET /prompts/:id/versions/:versionId */
export function showVersion(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToRead(call);
  return json(200, presentPrompt(call.state, prompt, requireVersion(call, prompt)));
}

/** PUT /prompts/:id/versions/:versionId: a label sits on one version of a prompt at a time. */
export function labelVersion(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToWrite(call);
  const version = requireVersion(call, prompt);
  const { label_id: labelId } = readBody(call, LabelBody);
  if (labelId !== null) {
    requireLabel(call, labelId);
    for (const other of prompt.versions) if (other.label_id === labelId) other.label_id = null;
  }
  version.label_id = labelId;
  return json(200, {});
}

/** PUT /prompts/:id/makeDefault */
export function publishVersion(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToWrite(call);
  const { version: number } = readBody(call, MakeDefaultBody);
  if (!prompt.versions.some((version) => version.number === number)) {
    throw refusal('AB02', `Version ${number} not found`);
  }
  prompt.published = number;
  prompt.last_updated_at = timestamp();
  return json(200, {});
}

function requireVersion(call: Call, prompt: PortkeyPrompt): PromptVersion {
  const version = prompt.versions.find((candidate) => candidate.id === call.params.versionId);
  if (!version) throw refusal('AB02', 'Version not found');
  return version;
}
