import { expect, it } from '@jest/globals';
import { buildSchema, getDirectiveValues, isNonNullType, isObjectType } from 'graphql';
import { SCOPES } from '../../src/domain/principal.js';
import { readTypeDefs } from '../../src/graphql/schema.js';

const schema = buildSchema(readTypeDefs());

/** The lists of scopes of a field's @requiresScopes; undefined where it has none. */
function scopesOf(typeName: string): [field: string, scopes: unknown][] {
  const type = schema.getType(typeName);
  const directive = schema.getDirective('requiresScopes');
  if (!isObjectType(type) || !directive) throw new Error(`there is no ${typeName}`);
  return Object.values(type.getFields()).map(({ name, astNode }) => [
    name,
    astNode ? getDirectiveValues(directive, astNode)?.scopes : undefined,
  ]);
}

it.each(['Query', 'Mutation', 'Subscription'])('every field of %s asks for scopes that there are', (type) => {
  const fields = scopesOf(type);
  expect(fields.length).toBeGreaterThan(2);
  for (const [field, scopes] of fields) {
    expect([field, scopes]).toEqual([field, expect.any(Array)]);
    const named = (scopes as string[][]).flat();
    expect(named.length).toBeGreaterThan(0);
    expect(SCOPES).toEqual(expect.arrayContaining(named));
  }
});

it('what a prompt of Portkey holds asks to read, and what it is called and how it stands does not', () => {
  const open = scopesOf('PortkeyPrompt').filter(([, scopes]) => scopes === undefined);
  expect(open.map(([field]) => field)).toEqual([
    ...['id', 'slug', 'name', 'model', 'collectionId', 'status', 'createdAt', 'updatedAt'],
    ...['version', 'versionId', 'versionStatus'],
  ]);
  const guarded = scopesOf('PortkeyPrompt').filter(([, scopes]) => scopes !== undefined);
  for (const [field, scopes] of guarded) expect([field, scopes]).toEqual([field, [['read']]]);
  // A field that must not be null would take its prompt with it.
  const type = schema.getType('PortkeyPrompt');
  if (!isObjectType(type)) throw new Error('there is no PortkeyPrompt');
  for (const [field] of guarded) expect(isNonNullType(type.getFields()[field]?.type)).toBe(false);
});

it('what leads from one object to others asks to read', () => {
  const links = ['Prompt.tune', 'Tune.prompts', 'Tune.baseTune'];
  for (const link of links) {
    const [type = '', field = ''] = link.split('.');
    expect([link, Object.fromEntries(scopesOf(type))[field]]).toEqual([link, [['read']]]);
  }
});
