import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Field in a response: its name in the schema, and all selections below it. */
export interface Selected {
  readonly name: string;
  readonly sets: SelectionSetNode[];
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Returns the fragments of a document by name. */
export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** Resolves selection sets of a document with all fragments. Caches the result for all objects of a list. */
export class Selections {
  readonly #known = new WeakMap<readonly SelectionSetNode[], ReadonlyMap<string, Selected>>();
  readonly #fragments: Fragments;

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** Returns the fields of an object by their key in the response. The same `sets` must belong to the same type. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, Selected> {
    const cached = this.#known.get(sets);
    if (cached) return cached;
    const selected = new Map<string, Selected>();
    const spread = new Set<string>();
    for (const set of sets) this.#collect(type, set, selected, spread);
    this.#known.set(sets, selected);
    return selected;
  }

  #collect(
    type: GraphQLObjectType,
    set: SelectionSetNode,
    into: Map<string, Selected>,
    spread: Set<string>,
  ): void {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        const selected = into.get(key) ?? { name: node.name.value, sets: [] };
        if (node.selectionSet) selected.sets.push(node.selectionSet);
        into.set(key, selected);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        // The schema has no interfaces or unions, so a condition only matches its own type.
        const condition = node.typeCondition?.name.value ?? type.name;
        if (condition === type.name) this.#collect(type, node.selectionSet, into, spread);
      } else {
        const fragment = this.#fragments.get(node.name.value);
        if (!fragment || spread.has(node.name.value)) continue;
        spread.add(node.name.value);
        const isOfType = fragment.typeCondition.name.value === type.name;
        if (isOfType) this.#collect(type, fragment.selectionSet, into, spread);
      }
    }
  }
}
