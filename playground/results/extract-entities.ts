import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isObjectType,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, type Selected, Selections } from './selections.js';

/** Image prompt in a response. Unselected fields are missing. Field names are those of the schema, not the aliases. */
export interface FoundPrompt {
  readonly id: string | null;
  readonly text?: string | null;
  readonly status?: string | null;
  readonly images?: readonly string[] | null;
  readonly error?: string | null;
  /** True if the payload of a mutation returned it, so that it was just created. */
  readonly isNew: boolean;
}

/** Replication in a response. Unselected fields are missing. */
export interface FoundReplication {
  readonly id: string | null;
  readonly status?: string;
  readonly targetModel?: string;
  readonly dryRun?: boolean;
  readonly counts?: Partial<ReplicationCounts>;
}

/** Counts of a replication, like in the schema. */
export interface ReplicationCounts {
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly pending: number;
  readonly undone: number;
}

/** User error in the payload of a mutation. */
export interface FoundUserError {
  readonly code?: string;
  readonly message?: string;
  readonly field?: readonly string[] | null;
}

export interface FoundObjects {
  readonly prompts: readonly FoundPrompt[];
  readonly replications: readonly FoundReplication[];
  readonly userErrors: readonly FoundUserError[];
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Finds the objects of a response that can be shown, each id once. Follows the document and the schema, not the shape of
 * the response, since any field may be null, missing or aliased. Finds nothing without a schema.
 */
export function foundObjects(
  schema: GraphQLSchema | null,
  document: DocumentNode,
  operationName: string | null,
  data: unknown,
): FoundObjects {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema?.getRootType(operation.operation);
  if (!root || !isValues(data)) return { prompts: [], replications: [], userErrors: [] };
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  return new Walk(new Selections(fragmentsOf(document)), isMutation).from(
    root,
    [operation.selectionSet],
    data,
  );
}

/** Traversal of a response. */
class Walk {
  readonly #prompts = new Map<unknown, FoundPrompt>();
  readonly #replications = new Map<unknown, FoundReplication>();
  readonly #userErrors: FoundUserError[] = [];
  readonly #selections: Selections;
  readonly #isMutation: boolean;

  constructor(selections: Selections, isMutation: boolean) {
    this.#selections = selections;
    this.#isMutation = isMutation;
  }

  from(root: GraphQLObjectType, sets: readonly SelectionSetNode[], data: Values): FoundObjects {
    this.#object(root, sets, data, 0);
    return {
      prompts: [...this.#prompts.values()],
      replications: [...this.#replications.values()],
      userErrors: this.#userErrors,
    };
  }

  #object(type: GraphQLObjectType, sets: readonly SelectionSetNode[], data: Values, depth: number): void {
    const selected = this.#selections.of(type, sets);
    if (type.name === 'Prompt') this.#prompt(named(selected, data), depth);
    else if (type.name === 'Replication') this.#replication(this.#job(type, selected, data));
    else if (type.name === 'UserError') this.#userErrors.push(named(selected, data));
    for (const [key, { name, sets: inner }] of selected) {
      const fieldType = getNamedType(type.getFields()[name]?.type);
      if (isObjectType(fieldType)) this.#value(fieldType, inner, data[key], depth + 1);
    }
  }

  #value(type: GraphQLObjectType, sets: readonly SelectionSetNode[], value: unknown, depth: number): void {
    if (Array.isArray(value)) for (const item of value) this.#value(type, sets, item, depth);
    else if (isValues(value)) this.#object(type, sets, value, depth);
  }

  #prompt(values: Values, depth: number): void {
    // Payloads are the fields of Mutation. Deeper prompts, such as those of a tune, existed before.
    const isNew = this.#isMutation && depth === 2;
    const { id = null, text, status, images, error } = values as Partial<FoundPrompt>;
    const existing = id === null ? undefined : this.#prompts.get(id);
    const fields = present({ text, status, images, error });
    this.#prompts.set(id ?? values, { ...existing, ...fields, id, isNew: isNew || existing?.isNew === true });
  }

  /** Returns a replication with the schema's names for its counts. */
  #job(type: GraphQLObjectType, selected: ReadonlyMap<string, Selected>, data: Values): Values {
    const values = named(selected, data);
    const countsType = getNamedType(type.getFields().counts?.type);
    if (!isObjectType(countsType)) return values;
    const counts = [...selected]
      .filter(([key, { name }]) => name === 'counts' && isValues(data[key]))
      .map(([key, { sets }]) => named(this.#selections.of(countsType, sets), data[key] as Values));
    return { ...values, counts: counts.length > 0 ? Object.assign({}, ...counts) : undefined };
  }

  #replication(values: Values): void {
    const { id = null, status, targetModel, dryRun, counts } = values as Partial<FoundReplication>;
    const existing = id === null ? undefined : this.#replications.get(id);
    const fields = present({ status, targetModel, dryRun });
    const allCounts = counts || existing?.counts ? { counts: { ...existing?.counts, ...counts } } : {};
    this.#replications.set(id ?? values, { ...existing, ...fields, ...allCounts, id });
  }
}

/** Returns the fields of an object by their names in the schema. */
function named(selected: ReadonlyMap<string, Selected>, data: Values): Values {
  return Object.fromEntries(
    [...selected].filter(([key]) => key in data).map(([key, { name }]) => [name, data[key]]),
  );
}

/** Returns the object without undefined fields. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null;
}
