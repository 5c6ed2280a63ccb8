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

/** An image prompt of an answer; what was not asked for is missing. Names are those of the schema, whatever the aliases. */
export interface FoundPrompt {
  readonly id: string | null;
  readonly text?: string | null;
  readonly status?: string | null;
  readonly images?: readonly string[] | null;
  readonly error?: string | null;
  /** It came with the payload of a mutation, so it was just made. */
  readonly isNew: boolean;
}

/** A replication of an answer; what was not asked for is missing. */
export interface FoundReplication {
  readonly id: string | null;
  readonly status?: string;
  readonly targetModel?: string;
  readonly dryRun?: boolean;
  readonly counts?: Partial<ReplicationCounts>;
}

/** As the schema's type of that name. */
export interface ReplicationCounts {
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly pending: number;
  readonly undone: number;
}

/** A fault that a mutation's payload names. */
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
 * What of an answer can be shown, each id once. The answer is read along the document and the schema, never by its shape:
 * anything may be null, missing or renamed by an alias. Without a schema nothing is found.
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

/** One way through an answer. */
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
    // Payloads are the fields of Mutation; prompts further in, such as those of a tune, were there before.
    const isNew = this.#isMutation && depth === 2;
    const { id = null, text, status, images, error } = values as Partial<FoundPrompt>;
    const known = id === null ? undefined : this.#prompts.get(id);
    const told = present({ text, status, images, error });
    this.#prompts.set(id ?? values, { ...known, ...told, id, isNew: isNew || known?.isNew === true });
  }

  /** Its counts have names of their own to be given back. */
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
    const known = id === null ? undefined : this.#replications.get(id);
    const told = present({ status, targetModel, dryRun });
    const allCounts = counts || known?.counts ? { counts: { ...known?.counts, ...counts } } : {};
    this.#replications.set(id ?? values, { ...known, ...told, ...allCounts, id });
  }
}

/** The fields of an object by the names that the schema gives them. */
function named(selected: ReadonlyMap<string, Selected>, data: Values): Values {
  return Object.fromEntries(
    [...selected].filter(([key]) => key in data).map(([key, { name }]) => [name, data[key]]),
  );
}

/** Without what was not asked for. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null;
}
