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
/** Costs of introspecting the whole schema and one type. */
const INTROSPECTION_COSTS = new Map([
  ['__schema', 5_000],
  ['__type', 500],
]);

interface Costed {
  readonly schema: GraphQLSchema;
  /** Document, which must be valid. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Variables as sent by the client. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Cost of a selection set. */
interface Cost {
  readonly once: number;
  /** Additional cost per item of the page that the enclosing field requests. */
  readonly perItem: number;
}

/**
 * Returns the number of fields that an operation can request, each multiplied by the sizes of the lists around it. Repeated
 * and skipped fields count, too. Pure.
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
    const cached = fragmentCosts.get(name);
    if (cached) return cached;
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
    { name, arguments: args = [] }: FieldNode,
    type: GraphQLNamedType | null | undefined,
  ): number {
    const isFiltered = argumentOf(args, 'filter') != null;
    const cost =
      INTROSPECTION_COSTS.get(name.value) ?? (type === schema.getMutationType() ? MUTATION_COST : 1);
    return cost + (isFiltered ? FILTER_COST : 0);
  }

  /** Returns null for a field that is not paginated. The resolver rejects a page that is too large. */
  function pageSize(
    field: GraphQLField<unknown, unknown>,
    { arguments: args = [] }: FieldNode,
  ): number | null {
    const first = field.args.find(({ name }) => name === 'first');
    if (!first) return null;
    const requested = argumentOf(args, 'first') ?? first.defaultValue;
    return typeof requested === 'number' ? Math.min(Math.max(requested, 0), MAX_FIRST) : UNSIZED_LIST;
  }

  function argumentOf(args: readonly ArgumentNode[], name: string): unknown {
    const argument = args.find((each) => each.name.value === name);
    return argument && valueFromASTUntyped(argument.value, values);
  }

  const { once, perItem } = selectionsCost(operation.selectionSet, schema.getRootType(operation.operation));
  return bounded(once + perItem * UNSIZED_LIST);
}

function valuesOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const isGiven = (name: string) => Object.hasOwn(variables, name) && variables[name] !== undefined;
  return Object.fromEntries(
    variableDefinitions.map(({ variable: { name }, defaultValue }) => [
      name.value,
      isGiven(name.value) ? variables[name.value] : defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  );
}

const bounded = (cost: number) => Math.min(cost, Number.MAX_SAFE_INTEGER);
