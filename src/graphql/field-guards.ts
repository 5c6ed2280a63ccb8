import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';
import type { RequestContext } from './context.js';

export type Field = GraphQLField<unknown, RequestContext>;

/** Runs before a field is resolved or its events are followed. It throws, or returns a value in place of the resolver's. */
export type FieldCheck = (args: object, context: RequestContext) => object | undefined;

/** Guards each field for which there is a check, whatever the transport. */
export function guardFields(schema: GraphQLSchema, checkOf: (field: Field) => FieldCheck | null): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const check = checkOf(field);
      if (check) guard(field, check);
    }
  }
}

function guard(field: Field, check: FieldCheck): void {
  const { resolve = defaultFieldResolver, subscribe } = field;
  if (subscribe)
    field.subscribe = (source, args, context, info) => {
      check(args, context);
      return subscribe(source, args, context, info);
    };
  else
    field.resolve = (source, args, context, info) =>
      check(args, context) ?? resolve(source, args, context, info);
}
