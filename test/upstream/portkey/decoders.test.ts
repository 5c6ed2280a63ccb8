import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import type { Decoder } from '../../../src/upstream/decode.js';
import {
  created,
  parseFieldErrors,
  prompt,
  promptList,
  updated,
  versions,
} from '../../../src/upstream/portkey/decoders.js';
import { decoded, refused } from '../../support/decoding.js';

const parse = <T>(decoder: Decoder<T>, wire: unknown): T => decoded(decoder, wire, 'portkey');

const ID = '8d2f6c1e-0b3a-4c55-9f10-5f2f4a5cd6b6';
const SUMMARY = {
  id: ID,
  slug: 'pp-support-triage-5cd6b6',
  name: 'Support triage',
  collection_id: null,
  model: 'gpt-4o',
  status: 'active',
  created_at: '2026-07-01T10:00:00.000Z',
  last_updated_at: '2026-07-02T10:00:00.000Z',
  object: 'prompt',
  access_level: 'workspace',
};
const COMPONENTS = { variables: ['ticket', 'language'], partials: ['brand-voice'], sections: [], other: {} };
const VERSION = {
  string: '[{"role":"user","content":"{{ticket}}"}]',
  parameters: { model: 'gpt-4o', temperature: 0.2, ticket: 'Hello' },
  functions: null,
  tools: [{ type: 'function', function: { name: 'escalate' } }],
  tool_choice: { type: 'function', function: { name: 'escalate' } },
  template_metadata: { team: 'Support' },
  virtual_key: 'openai-prod',
  is_raw_template: 0,
  prompt_version: 2,
  prompt_version_id: 'v-2',
  prompt_version_status: 'active',
  prompt_version_description: 'Calmer',
  prompt_version_labels: [],
  variable_components: COMPONENTS,
};
const older = {
  ...VERSION,
  string: 'old',
  prompt_version: 1,
  prompt_version_id: 'v-1',
  prompt_version_status: 'archived',
};
const draft = { ...older, string: 'draft', prompt_version: 3, prompt_version_id: 'v-3' };

const EXPECTED = {
  id: ID,
  slug: 'pp-support-triage-5cd6b6',
  name: 'Support triage',
  collectionId: null,
  model: 'gpt-4o',
  status: 'active',
  createdAt: '2026-07-01T10:00:00.000Z',
  updatedAt: '2026-07-02T10:00:00.000Z',
  template: VERSION.string,
  variables: ['ticket', 'language'],
  partials: ['brand-voice'],
  parameters: VERSION.parameters,
  functions: null,
  tools: VERSION.tools,
  toolChoice: VERSION.tool_choice,
  metadata: { team: 'Support' },
  virtualKey: 'openai-prod',
  isRawTemplate: false,
  version: 2,
  versionId: 'v-2',
  versionStatus: 'active',
  versionDescription: 'Calmer',
};

/** Renames the fields of a version to their names in a standalone version. */
const standing = (version: typeof VERSION) => {
  const { prompt_version, prompt_version_id, prompt_version_status, prompt_version_description, ...rest } =
    version;
  return {
    ...rest,
    id: prompt_version_id,
    version: prompt_version,
    status: prompt_version_status,
    version_description: prompt_version_description,
    created_at: '2020-01-01T00:00:00.000Z',
  };
};

describe('decoded prompt', () => {
  it.each([
    ['flat', { ...SUMMARY, ...VERSION }],
    ['with a current_version', { ...SUMMARY, current_version: VERSION }],
    ['with a current_version under short names', { ...SUMMARY, current_version: standing(VERSION) }],
    ['with versions, newest first', { ...SUMMARY, versions: [draft, VERSION, older] }],
    ['with versions, oldest first', { ...SUMMARY, versions: [older, VERSION, draft] }],
    ['with versions under short names', { ...SUMMARY, versions: [older, VERSION, draft].map(standing) }],
    [
      'with versions as a list object',
      { ...SUMMARY, versions: { object: 'list', total: 2, data: [older, VERSION] } },
    ],
    ['flat, with additional versions', { ...SUMMARY, ...VERSION, versions: [older] }],
    ['flat, with null containers', { ...SUMMARY, ...VERSION, current_version: null, versions: null }],
    [
      'nested, with null flat fields',
      { ...SUMMARY, string: null, prompt_version: null, current_version: VERSION },
    ],
    [
      'with its components as a string',
      { ...SUMMARY, ...VERSION, variable_components: JSON.stringify(COMPONENTS) },
    ],
    [
      'with its parameters as a string',
      { ...SUMMARY, ...VERSION, parameters: JSON.stringify(VERSION.parameters) },
    ],
    ['with its tools as a string', { ...SUMMARY, ...VERSION, tools: JSON.stringify(VERSION.tools) }],
  ])('a decoded prompt is the same in the format: %s', (_name, wire) => {
    expect(parse(prompt, wire)).toEqual(EXPECTED);
  });

  it('a decoded prompt has the newest version if none is published', () => {
    const versionsOf = [older, { ...draft, prompt_version: 10 }];
    expect(parse(prompt, { ...SUMMARY, versions: versionsOf })).toMatchObject({
      version: 10,
      template: 'draft',
    });
  });

  it('a decoded prompt may consist only of an id and nulls', () => {
    const nulls = Object.fromEntries(Object.keys({ ...SUMMARY, ...VERSION }).map((name) => [name, null]));
    for (const wire of [{ id: ID }, { ...nulls, id: ID }, { id: ID, versions: [] }]) {
      const read = parse(prompt, wire);
      expect(read.id).toBe(ID);
      expect(Object.entries(read).filter(([name, value]) => name !== 'id' && value !== null)).toEqual([]);
    }
  });

  it('a decoded prompt keeps its template unchanged even if that is JSON', () => {
    const string = '{"not": "messages"}';
    expect(parse(prompt, { ...SUMMARY, ...VERSION, string }).template).toBe(string);
  });

  it.each<[wireName: string, value: unknown, fields: (keyof typeof EXPECTED)[]]>([
    ['variable_components', 'not JSON', ['variables', 'partials']],
    ['variable_components', { variables: 'ticket' }, ['variables', 'partials']],
    ['variable_components', 7, ['variables', 'partials']],
    ['slug', 7, ['slug']],
    ['name', {}, ['name']],
    ['model', [], ['model']],
    ['collection_id', 4, ['collectionId']],
    ['status', true, ['status']],
    ['string', [{ role: 'user' }], ['template']],
    ['parameters', [], ['parameters']],
    ['parameters', '', ['parameters']],
    ['parameters', 'temperature=1', ['parameters']],
    ['functions', 'none', ['functions']],
    ['tools', {}, ['tools']],
    ['template_metadata', [], ['metadata']],
    ['virtual_key', 1, ['virtualKey']],
    ['is_raw_template', 'no', ['isRawTemplate']],
    ['prompt_version', '3', ['version']],
    ['prompt_version', 1.5, ['version']],
    ['prompt_version_id', 2, ['versionId']],
    ['prompt_version_description', {}, ['versionDescription']],
    ['created_at', 'yesterday', ['createdAt']],
    ['last_updated_at', {}, ['updatedAt']],
  ])('a decoded prompt has an error only in place of %s when that is %j', (wireName, value, fields) => {
    const read = parse(prompt, { ...SUMMARY, ...VERSION, [wireName]: value });
    for (const field of fields) {
      expect(read[field]).toBeInstanceOf(UpstreamError);
      const message = expect.stringContaining(`the field ${wireName} is`);
      expect(read[field]).toMatchObject({ kind: 'BAD_RESPONSE', upstream: 'portkey', message });
    }
    const others = Object.fromEntries(fields.map((field) => [field, null]));
    expect({ ...read, ...others }).toEqual({ ...EXPECTED, ...others });
  });

  it.each([
    ['current_version', 'v-2'],
    ['versions', [1, 2]],
  ])('a decoded prompt has errors in place of its version when %s is %j', (container, value) => {
    const read = parse(prompt, { ...SUMMARY, [container]: value });
    expect(read).toMatchObject({ id: ID, name: 'Support triage', status: 'active' });
    for (const field of ['template', 'variables', 'tools', 'toolChoice', 'metadata', 'version'] as const) {
      expect(read[field]).toBeInstanceOf(UpstreamError);
      expect(read[field]).toMatchObject({ message: expect.stringContaining(`the field ${container} is`) });
    }
    expect(parse(prompt, { ...SUMMARY, ...VERSION, [container]: value })).toEqual(EXPECTED);
  });

  it.each([
    ['id', 7],
    ['id', ''],
    ['id', null],
  ])(
    'a decoded prompt is rejected because of %s when that is %j, whatever else is invalid',
    (field, value) => {
      const wire = { ...SUMMARY, ...VERSION, name: 7, [field]: value };
      expect(refused(prompt, wire).field).toBe(field);
    },
  );

  it.each([[null], [undefined], ['prompt'], [[SUMMARY]]])(
    'a decoded prompt is rejected as a whole when the response is %j',
    (wire) => {
      expect(refused(prompt, wire).field).toBeNull();
    },
  );
});

describe('decoded page of prompts', () => {
  it('a decoded page of prompts has a total and its prompts', () => {
    const page = parse(promptList, { object: 'list', total: 41, data: [SUMMARY, { id: 'other' }] });
    expect(page.total).toBe(41);
    expect(page.items[0]).toMatchObject({ id: ID, name: 'Support triage', collectionId: null });
    expect(page.items[1]).toMatchObject({ id: 'other', name: null, model: null });
  });

  it('a decoded page of prompts is valid even if one of its prompts has an invalid field', () => {
    const { items } = parse(promptList, { total: 2, data: [{ ...SUMMARY, model: 4 }, SUMMARY] });
    expect(items[0]?.model).toBeInstanceOf(UpstreamError);
    expect(items[0]).toMatchObject({ id: ID, name: 'Support triage' });
    expect(items[1]).toMatchObject({ model: 'gpt-4o' });
  });

  it.each([
    ['total', { data: [] }],
    ['total', { total: -1, data: [] }],
    ['data', { total: 0 }],
    ['data', { total: 1, data: SUMMARY }],
    ['data.1.id', { total: 2, data: [SUMMARY, { ...SUMMARY, id: null }] }],
    ['data.0', { total: 1, data: ['prompt'] }],
  ])('a decoded page of prompts is rejected because of %s when the response is %j', (path, wire) => {
    expect(refused(promptList, wire).field).toBe(path);
  });
});

describe('versions of a prompt', () => {
  const expected = [
    { number: 1, versionId: 'v-1' },
    { number: 2, versionId: 'v-2' },
  ];
  it.each([
    ['a bare array', [older, VERSION]],
    ['a list object', { object: 'list', total: 2, data: [older, VERSION] }],
    ['short names', [older, VERSION].map(standing)],
  ])('the versions of a prompt are decoded from %s', (_name, wire) => {
    expect(parse(versions, wire)).toEqual(expected);
  });

  it.each([[[{ prompt_version: 'two', prompt_version_id: 'v' }]], [{ data: null }], ['none'], [null]])(
    'the versions of a prompt are rejected when the response is %j',
    (wire) => {
      expect(refused(versions, wire).error.kind).toBe('BAD_RESPONSE');
    },
  );
});

describe('decoded response to a write', () => {
  it('the decoded response to a write has the id, the slug and the version id', () => {
    const ids = { id: ID, slug: 'pp-x' };
    const expected = { ...ids, versionId: 'v-1' };
    expect(parse(created, { ...ids, version_id: 'v-1', object: 'prompt' })).toEqual(expected);
    expect(parse(updated, { ...ids, prompt_version_id: 'v-1' })).toEqual(expected);
    expect(refused(created, { slug: 'pp-x' }).field).toBe('id');
  });
});

describe('error message of Portkey', () => {
  it.each([
    [{ success: false, data: { message: 'name is required', errorCode: 'AB01' } }, 'name is required'],
    [{ error: { message: 'taken' } }, 'taken'],
    [{ error: 'taken' }, 'taken'],
    [{ message: 'no' }, 'no'],
  ])('the error message of Portkey is parsed from %j', (body, message) => {
    expect(parseFieldErrors(body)).toEqual([{ field: null, message }]);
  });
  it.each([[{}], [[]], ['text'], [null], [{ message: 5 }]])(
    'the error message of Portkey is missing in %j',
    (body) => {
      expect(parseFieldErrors(body)).toEqual([]);
    },
  );
});
