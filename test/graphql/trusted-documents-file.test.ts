import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { createSchema } from '../../src/graphql/schema.js';
import { readTrustedDocuments, TrustedDocumentsError } from '../../src/graphql/trusted-documents.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { temporaryFolder } from '../support/store.js';

const TUNE = 'query Tune($id: ID!) { tune(id: $id) { id } }';
const CANCEL = 'mutation Cancel($id: ID!) { cancelReplication(id: $id) { userErrors { code } } }';
const MANIFEST = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: 'tune', name: 'Tune', type: 'query', body: TUNE },
    { id: 'cancel', name: 'Cancel', type: 'mutation', body: CANCEL },
  ],
};

const disk = temporaryFolder();
afterAll(() => disk.remove());

let files = 0;
function fileOf(content: unknown): string {
  files += 1;
  const file = path.join(disk.folder, `documents-${files}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('file of trusted documents', () => {
  const schema = createSchema();
  const { queryLimits } = parseConfig({});
  const errorsOf = (content: unknown) => {
    const file = fileOf(content);
    try {
      readTrustedDocuments({ file, mode: 'only' }, schema, queryLimits);
    } catch (error) {
      if (!(error instanceof TrustedDocumentsError)) throw error;
      expect(error.file).toBe(file);
      return error.problems;
    }
    return [];
  };
  const relay = (text: string) => ({ 'the-id': text });
  const apollo = (operations: unknown, more: object = {}) => ({ ...MANIFEST, ...more, operations });
  const cases: [string, unknown, ...RegExp[]][] = [
    ['is not JSON', '{', /^The file is not valid JSON\.$/],
    ['has several errors', { a: '{', b: '{ b }', c: '{ c d }' }, /^a: /, /^b: /, /^c: .*"c"/, /^c: .*"d"/],
    ['is a list', [], /^The file must contain an Apollo manifest, or a JSON object of documents by id/],
    ['is empty', {}, /^The file contains no documents\.$/],
    [
      'has another format',
      { ...MANIFEST, format: 'x' },
      /^format must be apollo-persisted-query-manifest\.$/,
    ],
    ['has another version', apollo([], { version: 2 }), /^version must be 1\.$/],
    ['has no operations', apollo(undefined), /^operations must be a list\.$/],
    ['has an operation without a body', apollo([{ id: 'a' }]), /operations.0.body must be a string\./],
    ['has an empty id', apollo([{ id: '', body: TUNE }]), /operations.0.id must not be empty\./],
    ['has a document that is not a string', { a: 7 }, /^a must be a string\.$/],
    [
      'has two documents with the same id',
      apollo([
        { id: 'x', body: TUNE },
        { id: 'x', body: CANCEL },
      ]),
      /x: Two documents have this id\./,
    ],
    ['has a document that is not GraphQL', relay('query {'), /the-id: Syntax Error: Expected Name/],
    [
      'has a document of another schema',
      relay('{ secrets }'),
      /the-id: Cannot query field "secrets" on type "Query"/,
    ],
    [
      'has a document over a limit',
      relay(`{ ${'__typename '.repeat(101)} }`),
      /the-id: The operation has 101 fields at its root, but the limit is 100. Send several operations./,
    ],
    [
      'has a subscription with a condition',
      relay('subscription { promptUpdated(id: 1) @skip(if: true) { id } }'),
      /the-id: A subscription must select one field/,
    ],
  ];
  it.each(cases)(
    'a file of trusted documents is rejected with all its errors if it %s',
    (_case, content, ...errors) => {
      expect(errorsOf(content)).toEqual(errors.map((error) => expect.stringMatching(error)));
    },
  );

  it('a file of trusted documents is accepted in the format of Apollo or Relay', () => {
    const texts = { a: TUNE, b: CANCEL };
    expect([errorsOf(MANIFEST), errorsOf(texts)]).toEqual([[], []]);
  });

  it('a file of trusted documents that is missing is named, and the program exits with status 2', async () => {
    const program = await GatewayProcess.launch({ TRUSTED_DOCUMENTS: '/nowhere/documents.json' });
    await program.listening();
    const output = program.takeComplaints();
    expect(program.exitCode).toBe(2);
    expect(output).toContain('TRUSTED_DOCUMENTS: /nowhere/documents.json: The file cannot be read (ENOENT).');
  });
});
