import { expect, it } from '@jest/globals';
import { buildSchema, getDirectiveValues, isNonNullType, isObjectType } from 'graphql';
import { SCOPES } from '../../src/domain/principal.js';
import { readTypeDefs } from '../../src/graphql/schema.js';

const schema = buildSchema(readTypeDefs());

/** Returns the scopes of @requiresScopes by field, undefined for a field without the directive. */
function scopesOf(typeName: string): [field: string, scopes: unknown][] {
  const type = schema.getType(typeName);
  const directive = schema.getDirective('requiresScopes');
  if (!isObjectType(type) || !directive) throw new Error(`there is no ${typeName}`);
  return Object.values(type.getFields()).map(({ name, astNode }) => [
    name,
    astNode ? getDirectiveValues(directive, astNode)?.scopes : undefined,
  ]);
}

it.each(['Query', 'Mutation', 'Subscription'])('every field of %s requires known scopes', (type) => {
  const fields = scopesOf(type);
  expect(fields.length).toBeGreaterThan(2);
  for (const [field, scopes] of fields) {
    expect([field, scopes]).toEqual([field, expect.any(Array)]);
    const named = (scopes as string[][]).flat();
    expect(named.length).toBeGreaterThan(0);
    expect(SCOPES).toEqual(expect.arrayContaining(named));
  }
});

it('the content of a Portkey prompt requires the scope read, but its names and status do not', () => {
  const open = scopesOf('PortkeyPrompt').filter(([, scopes]) => scopes === undefined);
  expect(open.map(([field]) => field)).toEqual([
    ...['id', 'slug', 'name', 'model', 'collectionId', 'status', 'createdAt', 'updatedAt'],
    ...['version', 'versionId', 'versionStatus'],
  ]);
  const guarded = scopesOf('PortkeyPrompt').filter(([, scopes]) => scopes !== undefined);
  for (const [field, scopes] of guarded) expect([field, scopes]).toEqual([field, [['read']]]);
  // An error in a non-null field would make its prompt null.
  const type = schema.getType('PortkeyPrompt');
  if (!isObjectType(type)) throw new Error('there is no PortkeyPrompt');
  for (const [field] of guarded) expect(isNonNullType(type.getFields()[field]?.type)).toBe(false);
});

it('a field that leads to other objects requires the scope read', () => {
  const links = ['Prompt.tune', 'Tune.prompts', 'Tune.baseTune'];
  for (const link of links) {
    const [type = '', field = ''] = link.split('.');
    expect([link, Object.fromEntries(scopesOf(type))[field]]).toEqual([link, [['read']]]);
  }
});
