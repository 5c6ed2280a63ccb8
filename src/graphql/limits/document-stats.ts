import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Size of a document with its fragment spreads expanded. Each number is the maximum of all operations. */
export interface DocumentStats {
  /** Levels of nested fields. An introspection field counts as one level. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Levels of nested selections of every kind, which is how deep GraphQL's algorithms recurse. */
  readonly nesting: number;
  readonly fields: number;
}

const EMPTY: DocumentStats = { depth: 0, aliases: 0, rootFields: 0, nesting: 0, fields: 0 };

/** Returns the fragments of a document by name. */
export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** Measures a document, which may be invalid. Visits each selection once. Pure. */
export function documentStats(document: DocumentNode): DocumentStats {
  const fragments = fragmentsOf(document);
  const measured = new Map<string, DocumentStats>();

  function selectionStats({ selections }: SelectionSetNode): DocumentStats {
    let total = EMPTY;
    for (const selection of selections) total = combined(total, measureSelection(selection));
    return { ...total, nesting: total.nesting + 1 };
  }

  function measureSelection(selection: SelectionNode): DocumentStats {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectionStats(selection.selectionSet);
    const inner = selection.selectionSet ? selectionStats(selection.selectionSet) : EMPTY;
    const isIntrospection = /^__(schema|type)$/.test(selection.name.value);
    return {
      depth: isIntrospection ? 1 : inner.depth + 1,
      aliases: sum(inner.aliases, selection.alias ? 1 : 0),
      rootFields: 1,
      nesting: inner.nesting,
      fields: sum(inner.fields, 1),
    };
  }

  function measureFragment(name: string): DocumentStats {
    const cached = measured.get(name);
    if (cached) return cached;
    const fragment = fragments.get(name);
    // Validation reports a fragment that is missing or contains itself.
    measured.set(name, EMPTY);
    const size = fragment ? selectionStats(fragment.selectionSet) : EMPTY;
    measured.set(name, size);
    return size;
  }

  let result = EMPTY;
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      result = largest(result, selectionStats(definition.selectionSet));
  return result;
}

/** Caps the sum, because fragments that spread each other grow exponentially. */
const sum = (a: number, b: number) => Math.min(a + b, Number.MAX_SAFE_INTEGER);

/** Combines the sizes of two selections of one set. */
const combined = (a: DocumentStats, b: DocumentStats): DocumentStats => ({
  depth: Math.max(a.depth, b.depth),
  aliases: sum(a.aliases, b.aliases),
  rootFields: sum(a.rootFields, b.rootFields),
  nesting: Math.max(a.nesting, b.nesting),
  fields: sum(a.fields, b.fields),
});

const largest = (a: DocumentStats, b: DocumentStats): DocumentStats => ({
  depth: Math.max(a.depth, b.depth),
  aliases: Math.max(a.aliases, b.aliases),
  rootFields: Math.max(a.rootFields, b.rootFields),
  nesting: Math.max(a.nesting, b.nesting),
  fields: Math.max(a.fields, b.fields),
});
