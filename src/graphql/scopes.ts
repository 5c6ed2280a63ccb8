import { GraphQLError, type GraphQLSchema, getDirectiveValues } from 'graphql';
import type { Scope } from '../domain/principal.js';
import type { Field, FieldCheck } from './field-guards.js';

/** Enforces `@requiresScopes`: a field that has it is served to callers who have all scopes of one of its lists. */
export function scopeCheck(schema: GraphQLSchema): (field: Field) => FieldCheck | null {
  const directive = schema.getDirective('requiresScopes');
  if (!directive) throw new Error('the schema does not declare @requiresScopes');
  return ({ name, astNode }) => {
    const values = astNode && getDirectiveValues(directive, astNode);
    return values ? requireScopes(name, values.scopes as readonly (readonly Scope[])[]) : null;
  };
}

function requireScopes(name: string, alternatives: readonly (readonly Scope[])[]): FieldCheck {
  return (_args, { principal: { scopes } }) => {
    if (alternatives.some((all) => all.every((scope) => scopes.has(scope)))) return undefined;
    const needed = alternatives.map((all) => all.join(' and ')).join(', or ');
    const own = scopes.size > 0 ? `has: ${[...scopes].join(', ')}` : 'has none';
    throw new GraphQLError(`${name} needs the scope ${needed}; your token ${own}`, {
      extensions: { code: 'FORBIDDEN' },
    });
  };
}
