/**
 * Behavior of the emulated APIs where public sources contradict each other or say nothing. The real APIs can behave
 * either way, so the gateway must work with every value.
 */
export interface Dialect {
  /** Portkey: treatment of fields that are undocumented for PUT /prompts/:id, such as `template_metadata`. */
  updateFields: 'drop' | 'refuse' | 'accept';
  /** Portkey: version lists are a bare array, or wrapped in `{object, total, data}`. */
  versionLists: 'bare' | 'wrapped';
  /** Portkey: delay until reads show a write, in milliseconds, 0 to 60 000. */
  readLagMs: number;
  /** Portkey: reads that lag, which are lists (including version lists), single objects, or both. */
  laggingReads: 'all' | 'lists' | 'objects';
  /** Portkey: a prompt name must be unique within its collection (otherwise 409). */
  uniqueNames: boolean;
  /** Portkey: page size of lists without `page_size`. `all` returns all items. */
  defaultPage: 20 | 'all';
  /** Portkey: HTTP status for a deleted prompt. */
  deletedStatus: 403 | 404;
  /** Portkey: `tool_choice` must be an object, or can also be a string such as `auto`. */
  toolChoice: 'object' | 'text';
  /** Portkey: location of the fields of the published version in a full prompt. */
  promptShape: 'flat' | 'current_version' | 'versions';
  /** Astria: no deduplication, by the documented list of attributes, or by text and seed within a tune. */
  deduplication: 'none' | 'attributes' | 'text-and-seed';
  /** Astria: a callback body is the bare object, or wrapped as `{"prompt": {...}}`. */
  callbackBody: 'bare' | 'wrapped';
}

export const DEFAULT_DIALECT: Readonly<Dialect> = {
  updateFields: 'drop',
  versionLists: 'wrapped',
  readLagMs: 0,
  laggingReads: 'all',
  uniqueNames: false,
  defaultPage: 'all',
  deletedStatus: 404,
  toolChoice: 'object',
  promptShape: 'flat',
  deduplication: 'none',
  callbackBody: 'bare',
};

const MAX_LAG_MS = 60_000;

/** Allowed values of each setting, as a list or as a range of integers. */
export const DIALECT_VALUES: {
  readonly [K in keyof Dialect]: readonly Dialect[K][] | { min: number; max: number };
} = {
  updateFields: ['drop', 'refuse', 'accept'],
  versionLists: ['bare', 'wrapped'],
  readLagMs: { min: 0, max: MAX_LAG_MS },
  laggingReads: ['all', 'lists', 'objects'],
  uniqueNames: [true, false],
  defaultPage: [20, 'all'],
  deletedStatus: [403, 404],
  toolChoice: ['object', 'text'],
  promptShape: ['flat', 'current_version', 'versions'],
  deduplication: ['none', 'attributes', 'text-and-seed'],
  callbackBody: ['bare', 'wrapped'],
};

/** Description of each setting. */
export const DIALECT_DESCRIPTIONS: Readonly<Record<keyof Dialect, string>> = {
  updateFields:
    "treatment of undocumented fields in Portkey prompt updates ('refuse' also requires all documented fields without patch)",
  versionLists: "format of Portkey's version lists",
  readLagMs: "delay until Portkey's reads show a write, in milliseconds",
  laggingReads: 'Portkey reads that lag (version lists count as lists)',
  uniqueNames: 'Portkey rejects a prompt name that the collection already has',
  defaultPage: "default page size of Portkey's lists",
  deletedStatus: 'HTTP status of Portkey for a deleted prompt',
  toolChoice: "types that Portkey accepts as tool_choice ('text' accepts both)",
  promptShape: 'location of the version fields in a Portkey prompt',
  deduplication: 'rule by which Astria recognizes a duplicate prompt',
  callbackBody: "format of Astria's callback bodies",
};
const NAMES = Object.keys(DIALECT_VALUES).join(', ');

/** Returns all problems of the candidate. An empty list means that it is a valid set of dialect settings. */
export function dialectProblems(candidate: unknown): string[] {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) {
    return ['The dialect must be an object.'];
  }
  return Object.entries(candidate).flatMap(([name, value]) => {
    const values = Object.hasOwn(DIALECT_VALUES, name) ? DIALECT_VALUES[name as keyof Dialect] : undefined;
    if (!values) return [`${name} is not a dialect setting. The settings are ${NAMES}.`];
    if ('min' in values) {
      const isInRange = Number.isInteger(value) && Number(value) >= values.min && Number(value) <= values.max;
      return isInRange ? [] : [`${name} must be a whole number from ${values.min} to ${values.max}.`];
    }
    const isKnown = (values as readonly unknown[]).includes(value);
    return isKnown ? [] : [`${name} must be one of ${values.join(', ')}.`];
  });
}

export function isPartialDialect(candidate: unknown): candidate is Partial<Dialect> {
  return dialectProblems(candidate).length === 0;
}
