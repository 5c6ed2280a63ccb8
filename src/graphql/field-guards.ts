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

export type Field = GraphQLField<unknown, RequestContext>;

/** Check before a field is resolved or subscribed to. It may throw, or return a value that replaces the resolver's. */
export type FieldCheck = (args: object, context: RequestContext) => object | undefined;

/** Adds the check to each field that has one, for all transports. */
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

/** Enforces `@requiresScopes`: the caller must have all scopes of at least one of its lists. */
export function scopeCheck(schema: GraphQLSchema): (field: Field) => FieldCheck | null {
  const directive = schema.getDirective('requiresScopes');
  if (!directive) throw new Error('The schema does not declare @requiresScopes.');
  return ({ name, astNode }) => {
    const values = astNode && getDirectiveValues(directive, astNode);
    return values ? requireScopes(name, values.scopes as readonly (readonly Scope[])[]) : null;
  };
}

function requireScopes(name: string, alternatives: readonly (readonly Scope[])[]): FieldCheck {
  return (_args, { principal: { scopes } }) => {
    if (alternatives.some((all) => all.every((scope) => scopes.has(scope)))) return undefined;
    const needed = alternatives.map((all) => all.join(' and ')).join(' or ');
    const own = scopes.size > 0 ? `only has: ${[...scopes].join(', ')}` : 'has no scopes';
    throw new GraphQLError(`${name} requires the scope ${needed}. Your token ${own}.`, {
      extensions: { code: 'FORBIDDEN' },
    });
  };
}
