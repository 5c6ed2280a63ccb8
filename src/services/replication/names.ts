import type { PortkeyPromptSummary } from '../../domain/portkey-prompt.js';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = new Set(['name', 'slug', 'model']);

/** The placeholders of a template that mean nothing. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map((match) => match[1] ?? '')
    .filter((name) => !KNOWN.has(name));
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The name of a source's replica; without white space at its ends, which Portkey does not keep. */
export function replicaName(template: string, source: PortkeyPromptSummary, targetModel: string): string {
  const values = new Map([
    ['name', [source.name, source.slug, source.id].find(isText) ?? ''],
    ['slug', isText(source.slug) ? source.slug : source.id],
    ['model', targetModel],
  ]);
  return template.replace(PLACEHOLDER, (whole, key: string) => values.get(key) ?? whole).trim();
}
