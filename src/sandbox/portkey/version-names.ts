import { type Call, requirePrompt } from './call.js';
import { refusal } from './errors.js';
import { latestVersion, type PortkeyPrompt, type PromptVersion, publishedVersion } from './records.js';

/** The version of a name: `latest`, `default` (the published one) or a number. @throws Refusal */
export function requireVersionNamed<V extends { number: number }>(
  of: { versions: V[]; published: number },
  name: string,
): V {
  if (name === 'latest') return latestVersion(of);
  if (name === 'default') return publishedVersion(of);
  const version = of.versions.find(({ number }) => String(number) === name);
  if (!version) throw refusal('AB02', `Version ${name} not found`);
  return version;
}

/** The prompt and the version that a call runs: `id`, `id@12`, `id@latest` or `id@label`. */
export function promptToRun(call: Call): { prompt: PortkeyPrompt; version: PromptVersion } {
  const [ref = '', name = 'default'] = (call.params.id ?? '').split('@');
  const prompt = requirePrompt(call, ref);
  const labelled = prompt.versions.find(({ label_id }) => labelName(call, label_id) === name);
  return { prompt, version: labelled ?? requireVersionNamed(prompt, name) };
}

function labelName(call: Call, id: string | null): string | null {
  return id === null ? null : (call.state.labels.get(id)?.name ?? null);
}
