import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** A field that an answer has: its name in the schema, and all that was selected below it. */
export interface Selected {
  readonly name: string;
  readonly sets: SelectionSetNode[];
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The fragments of a document by name. */
export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** What the selection sets of a document select, with all fragments spread. Found once for all objects of a list. */
export class Selections {
  readonly #known = new WeakMap<readonly SelectionSetNode[], ReadonlyMap<string, Selected>>();
  readonly #fragments: Fragments;

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** The fields of an object by their key in the answer. The same `sets` are to stand for the same type. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, Selected> {
    const known = this.#known.get(sets);
    if (known) return known;
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
        // The schema has no interfaces and no unions: a condition holds for its own type alone.
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
