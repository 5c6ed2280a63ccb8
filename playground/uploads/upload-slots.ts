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

/** Place for a file in an operation's variables. */
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
 * Returns every place of type `Upload` in an operation's variables. The current variables determine the depth of lists and
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

/** Place in the variables during the traversal. */
interface Place {
  readonly path: VariablePath;
  readonly value: unknown;
  readonly description: string | null;
  /** True if all its parents exist or are required, and it has no default. */
  readonly isExpected: boolean;
  readonly oneOfPath: VariablePath | null;
  readonly instead: string | null;
  readonly enclosing: readonly GraphQLInputObjectType[];
}

function slotsOf(type: GraphQLInputType, place: Place): UploadSlot[] {
  const isRequired = place.isExpected && isNonNullType(type);
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const element = nullable.ofType;
    return isFile(element) ? [slotAt(place, true, isRequired)] : elementSlots(element, place);
  }
  if (isInputObjectType(nullable)) return fieldSlots(nullable, place, isRequired);
  return isFile(nullable) ? [slotAt(place, false, isRequired)] : [];
}

const isFile = (type: GraphQLInputType): boolean => String(getNullableType(type)) === 'Upload';

function elementSlots(element: GraphQLInputType, place: Place): UploadSlot[] {
  const { value, path } = place;
  // GraphQL treats a value that is not a list as its only element.
  if (isObject(value)) return slotsOf(element, place);
  const values = Array.isArray(value) && value.length > 0 ? value : [undefined];
  return values.flatMap((inner, index) =>
    slotsOf(element, { ...place, path: [...path, index], value: inner, isExpected: isObject(inner) }),
  );
}

function fieldSlots(type: GraphQLInputObjectType, place: Place, isRequired: boolean): UploadSlot[] {
  const isThere = isObject(place.value);
  // A recursive type ends where the variables end.
  if (place.enclosing.includes(type) && !isThere) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    slotsOf(field.type, {
      path: [...place.path, field.name],
      value: childOf(place.value, field.name),
      description: descriptionOf(type, field, place),
      isExpected: (isThere || isRequired) && field.defaultValue === undefined,
      oneOfPath: type.isOneOf ? place.path : place.oneOfPath,
      instead: type.isOneOf ? otherField(place.value, field.name) : place.instead,
      enclosing: [...place.enclosing, type],
    }),
  );
}

/** The `upload` of a oneOf object has the object's label, so it has the object's description too. */
function descriptionOf(
  type: GraphQLInputObjectType,
  { name, description }: GraphQLInputField,
  { description: ofObject }: Place,
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
  { path, description, oneOfPath, instead }: Place,
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
