import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { MAX_FIRST } from '../connections.js';
import { fragmentsOf } from './document-stats.js';

/** Assumed length of a list whose size the client does not choose. */
const UNSIZED_LIST = 10;
/** Cost of a field of Mutation, which changes data and takes several upstream calls. */
const MUTATION_COST = 100;
/** Cost of a filter: to fill one page of matches, the gateway may have to read all pages. */
const FILTER_COST = 250;
/** Costs of the whole schema, some ten thousand lines, and of one type. */
const INTROSPECTION_COSTS = new Map([
  ['__schema', 5_000],
  ['__type', 500],
]);

interface Costed {
  readonly schema: GraphQLSchema;
  /** Must be valid. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As sent by the client. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Cost of a selection set. */
interface Cost {
  readonly once: number;
  /** Additional cost per item of the page that the enclosing field requests. */
  readonly perItem: number;
}

/**
 * Returns the most that an operation can request: the number of its fields, each multiplied by the `first` of the
 * connections around it. A list without `first` counts for ten items.
 *
 * A field of Mutation costs 100 and a filter 250 more. `__schema` costs 5 000 and `__type` 500, whatever they select.
 * Repeated fields count each time, and skipped fields count like others. Each selection is visited once, however often it
 * is spread. Pure.
 */
export function costOf({ schema, document, operation, variables }: Costed): number {
  const values = valuesOf(operation, variables);
  const fragments = fragmentsOf(document);
  const fragmentCosts = new Map<string, Cost>();

  function selectionsCost({ selections }: SelectionSetNode, type: GraphQLNamedType | null | undefined): Cost {
    let [once, perItem] = [0, 0];
    for (const selection of selections) {
      const cost = selectionCost(selection, type);
      once += cost.once;
      perItem += cost.perItem;
    }
    return { once: bounded(once), perItem: bounded(perItem) };
  }

  function selectionCost(selection: SelectionNode, type: GraphQLNamedType | null | undefined): Cost {
    if (selection.kind === Kind.FIELD) return fieldCost(selection, type);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return fragmentCost(selection.name.value);
    const condition = selection.typeCondition?.name.value;
    return selectionsCost(selection.selectionSet, condition === undefined ? type : schema.getType(condition));
  }

  function fragmentCost(name: string): Cost {
    const known = fragmentCosts.get(name);
    if (known) return known;
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    const cost = fragment ? selectionsCost(fragment.selectionSet, type) : { once: 0, perItem: 0 };
    fragmentCosts.set(name, cost);
    return cost;
  }

  function fieldCost(node: FieldNode, type: GraphQLNamedType | null | undefined): Cost {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    const own = ownCost(node, type);
    if (!field || !node.selectionSet) return { once: own, perItem: 0 };
    const inner = selectionsCost(node.selectionSet, getNamedType(field.type));
    const each = inner.once + inner.perItem * (pageSize(field, node) ?? UNSIZED_LIST);
    const isList = isListType(getNullableType(field.type));
    return isList ? { once: own, perItem: each } : { once: own + each, perItem: 0 };
  }

  function ownCost(
    { name, arguments: given = [] }: FieldNode,
    type: GraphQLNamedType | null | undefined,
  ): number {
    const isFiltered = argumentOf(given, 'filter') != null;
    const cost =
      INTROSPECTION_COSTS.get(name.value) ?? (type === schema.getMutationType() ? MUTATION_COST : 1);
    return cost + (isFiltered ? FILTER_COST : 0);
  }

  /** Returns null for a field that is not paginated. The resolver rejects a page that is too large. */
  function pageSize(
    field: GraphQLField<unknown, unknown>,
    { arguments: given = [] }: FieldNode,
  ): number | null {
    const first = field.args.find(({ name }) => name === 'first');
    if (!first) return null;
    const asked = argumentOf(given, 'first') ?? first.defaultValue;
    return typeof asked === 'number' ? Math.min(Math.max(asked, 0), MAX_FIRST) : UNSIZED_LIST;
  }

  function argumentOf(given: readonly ArgumentNode[], name: string): unknown {
    const argument = given.find((each) => each.name.value === name);
    return argument && valueFromASTUntyped(argument.value, values);
  }

  const { once, perItem } = selectionsCost(operation.selectionSet, schema.getRootType(operation.operation));
  return bounded(once + perItem * UNSIZED_LIST);
}

function valuesOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const isGiven = (name: string) => Object.hasOwn(given, name) && given[name] !== undefined;
  return Object.fromEntries(
    variableDefinitions.map(({ variable: { name }, defaultValue }) => [
      name.value,
      isGiven(name.value) ? given[name.value] : defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  );
}

const bounded = (cost: number) => Math.min(cost, Number.MAX_SAFE_INTEGER);
