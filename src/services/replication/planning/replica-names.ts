import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = new Set(['name', 'slug', 'model', 'collection']);

/** The placeholders of a template that mean nothing. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map((match) => match[1] ?? '')
    .filter((name) => !KNOWN.has(name));
}

/** Returns true for a template that has a brace without its pair. */
export function hasLooseBrace(template: string): boolean {
  return /[{}]/.test(template.replace(PLACEHOLDER, ''));
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether a template needs the names of collections. */
export function namesCollection(template: string): boolean {
  return template.includes('{collection}');
}

/**
 * The name of a source's replica, without white space at its ends, which Portkey does not keep.
 * @param collection The name of the source's collection.
 */
export function replicaName(
  template: string,
  source: PortkeyPromptSummary,
  targetModel: string,
  collection: string,
): string {
  const values = new Map([
    ['name', [source.name, source.slug, source.id].find(isText) ?? ''],
    ['slug', isText(source.slug) ? source.slug : source.id],
    ['model', targetModel],
    ['collection', collection],
  ]);
  return template.replace(PLACEHOLDER, (whole, key: string) => values.get(key) ?? whole).trim();
}
