import { describe, expect, it } from '@jest/globals';
import { replicaName, unknownPlaceholders } from '../../../src/services/replication/planning/plan.js';
import { prompt } from './fixtures.js';

const source = prompt('id-1', { name: 'Greeting', slug: 'pp-greeting-1' });

describe('replicaName', () => {
  it.each([
    ['{name}-replica', 'Greeting-replica'],
    ['{name}-{model}', 'Greeting-gpt-5'],
    ['{slug}', 'pp-greeting-1'],
    ['{name} ({collection})', 'Greeting (Support)'],
    ['{model}: {name} ({name})', 'gpt-5: Greeting (Greeting)'],
    ['all the same', 'all the same'],
  ])('replicaName converts %s to %s', (template, expected) => {
    expect(replicaName(template, source, 'gpt-5', 'Support')).toBe(expected);
  });

  it('replicaName names a prompt without a name by its slug, and one without a slug by its id', () => {
    expect(replicaName('{name}', { ...source, name: null }, 'm', '')).toBe('pp-greeting-1');
    expect(replicaName('{name} {slug}', { ...source, name: null, slug: null }, 'm', '')).toBe('id-1 id-1');
  });

  it('replicaName does not expand placeholders or replacement patterns in the inserted values', () => {
    const odd = { ...source, name: '{model} $& $1 {slug}' };
    expect(replicaName('{name}-{model}', odd, '{name}', '')).toBe('{model} $& $1 {slug}-{name}');
  });

  it('replicaName trims white space at the ends, like Portkey', () => {
    expect(replicaName(' {name} copy\t', { ...source, name: 'Greeting' }, 'm', '')).toBe('Greeting copy');
  });
});

describe('unknownPlaceholders', () => {
  it.each([
    ['{name}{slug}{model}{collection}', []],
    ['no placeholder', []],
    ['{nam}-{model}', ['nam']],
    ['{Name} {a} {a}', ['Name', 'a', 'a']],
    ['{}', ['']],
    ['{constructor}', ['constructor']],
    ['{{name}}', []],
    ['{ name }', [' name ']],
  ])('unknownPlaceholders finds the unknown placeholders of %s', (template, expected) => {
    expect(unknownPlaceholders(template)).toEqual(expected);
  });
});
