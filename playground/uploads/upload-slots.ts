import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { childOf, isObject, type VariablePath } from './variable-path.js';

/** Slot for a file in an operation's variables. */
export interface UploadSlot {
  readonly path: VariablePath;
  /** Label, such as `input.maskImage`. */
  readonly label: string;
  readonly description: string | null;
  /** True if the slot accepts several files. */
  readonly isList: boolean;
  /** True if the variables are invalid without a file here. */
  readonly isRequired: boolean;
  /** Path of the nearest enclosing oneOf object. */
  readonly oneOfPath: VariablePath | null;
  /** Other field of that object that the variables contain, such as `url`. */
  readonly instead: string | null;
}

/** Returns the key of a slot in a map of files. */
export const slotKey = ({ path }: UploadSlot): string => path.join('.');

/**
 * Returns a slot for every `Upload` in an operation's variables. The current variables determine the depth of lists and
 * recursive types. Without a schema, only variables of type `Upload` are found.
 */
export function uploadSlots(
  schema: GraphQLSchema | null,
  operation: OperationDefinitionNode,
  variables: unknown,
): UploadSlot[] {
  return (operation.variableDefinitions ?? []).flatMap((definition) => {
    const type = schema === null ? undefined : typeFromAST(schema, definition.type);
    if (!isInputType(type)) return declaredFile(definition);
    const name = definition.variable.name.value;
    return slotsOf(type, {
      path: [name],
      value: childOf(variables, name),
      description: definition.description?.value ?? null,
      isExpected: definition.defaultValue === undefined,
      oneOfPath: null,
      instead: null,
      enclosing: [],
    });
  });
}

/** Position in the variables during the traversal. */
interface Position {
  readonly path: VariablePath;
  readonly value: unknown;
  readonly description: string | null;
  /** True if all its parents exist or are required, and it has no default. */
  readonly isExpected: boolean;
  readonly oneOfPath: VariablePath | null;
  readonly instead: string | null;
  readonly enclosing: readonly GraphQLInputObjectType[];
}

function slotsOf(type: GraphQLInputType, position: Position): UploadSlot[] {
  const isRequired = position.isExpected && isNonNullType(type);
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const element = nullable.ofType;
    return isFile(element) ? [slotAt(position, true, isRequired)] : elementSlots(element, position);
  }
  if (isInputObjectType(nullable)) return fieldSlots(nullable, position, isRequired);
  return isFile(nullable) ? [slotAt(position, false, isRequired)] : [];
}

const isFile = (type: GraphQLInputType): boolean => String(getNullableType(type)) === 'Upload';

function elementSlots(element: GraphQLInputType, position: Position): UploadSlot[] {
  const { value, path } = position;
  // GraphQL treats a value that is not a list as its only element.
  if (isObject(value)) return slotsOf(element, position);
  const values = Array.isArray(value) && value.length > 0 ? value : [undefined];
  return values.flatMap((inner, index) =>
    slotsOf(element, { ...position, path: [...path, index], value: inner, isExpected: isObject(inner) }),
  );
}

function fieldSlots(type: GraphQLInputObjectType, position: Position, isRequired: boolean): UploadSlot[] {
  const exists = isObject(position.value);
  // A recursive type ends where the variables end.
  if (position.enclosing.includes(type) && !exists) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    slotsOf(field.type, {
      path: [...position.path, field.name],
      value: childOf(position.value, field.name),
      description: descriptionOf(type, field, position),
      isExpected: (exists || isRequired) && field.defaultValue === undefined,
      oneOfPath: type.isOneOf ? position.path : position.oneOfPath,
      instead: type.isOneOf ? otherField(position.value, field.name) : position.instead,
      enclosing: [...position.enclosing, type],
    }),
  );
}

/** The `upload` of a oneOf object has the object's label, so it has the object's description too. */
function descriptionOf(
  type: GraphQLInputObjectType,
  { name, description }: GraphQLInputField,
  { description: ofObject }: Position,
): string | null {
  const texts = type.isOneOf && name === 'upload' ? [ofObject, description] : [description];
  return texts.filter(Boolean).join(' ') || null;
}

function otherField(value: unknown, name: string): string | null {
  if (!isObject(value)) return null;
  const given = Object.entries(value).find(([other, content]) => other !== name && content != null);
  return given?.[0] ?? null;
}

function slotAt(
  { path, description, oneOfPath, instead }: Position,
  isList: boolean,
  isRequired: boolean,
): UploadSlot {
  const isOwnName = path.at(-1) === 'upload' && oneOfPath?.length === path.length - 1;
  const label = (isOwnName ? path.slice(0, -1) : path).join('.');
  return { path, label, description, isList, isRequired, oneOfPath, instead };
}

function declaredFile(definition: VariableDefinitionNode): UploadSlot[] {
  const { variable, type, defaultValue } = definition;
  const isRequired = type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;
  const nullable = withoutNonNull(type);
  const isList = nullable.kind === Kind.LIST_TYPE;
  const named = isList ? withoutNonNull(nullable.type) : nullable;
  if (named.kind !== Kind.NAMED_TYPE || named.name.value !== 'Upload') return [];
  const { value: label } = variable.name;
  const description = definition.description?.value ?? null;
  return [{ path: [label], label, description, isList, isRequired, oneOfPath: null, instead: null }];
}

const withoutNonNull = (type: TypeNode) => (type.kind === Kind.NON_NULL_TYPE ? type.type : type);
