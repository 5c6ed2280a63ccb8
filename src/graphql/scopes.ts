import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getDirectiveValues,
  isObjectType,
} from 'graphql';
import type { Scope } from '../domain/principal.js';
import type { RequestContext } from './context.js';

type Field = GraphQLField<unknown, RequestContext>;

/**
 * Enforces `@requiresScopes`: the fields that have it are resolved, and their events followed, for those alone who have all
 * scopes of one of its lists. So it holds for every transport.
 */
export function enforceScopes(schema: GraphQLSchema): GraphQLSchema {
  const directive = schema.getDirective('requiresScopes');
  if (!directive) throw new Error('the schema does not declare @requiresScopes');
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const values = field.astNode && getDirectiveValues(directive, field.astNode);
      if (values) guard(field, values.scopes as readonly (readonly Scope[])[]);
    }
  }
  return schema;
}

function guard(field: Field, alternatives: readonly (readonly Scope[])[]): void {
  const check = ({ principal: { scopes } }: RequestContext) => {
    if (alternatives.some((all) => all.every((scope) => scopes.has(scope)))) return;
    const needed = alternatives.map((all) => all.join(' and ')).join(', or ');
    const own = scopes.size > 0 ? `has: ${[...scopes].join(', ')}` : 'has none';
    throw new GraphQLError(`${field.name} needs the scope ${needed}; your token ${own}`, {
      extensions: { code: 'FORBIDDEN' },
    });
  };
  const { resolve = defaultFieldResolver, subscribe } = field;
  if (subscribe) {
    field.subscribe = (source, args, context, info) => {
      check(context);
      return subscribe(source, args, context, info);
    };
    return;
  }
  field.resolve = (source, args, context, info) => {
    check(context);
    return resolve(source, args, context, info);
  };
}
