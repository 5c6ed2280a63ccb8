import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import { type UploadSlot, uploadSlots } from '../../playground/uploads/upload-slots.js';
import { createSchema } from '../../src/graphql/schema.js';

const GATEWAY = createSchema();
const MADE_UP = buildSchema(/* GraphQL */ `
  scalar Upload
  scalar URL
  input Image @oneOf { upload: Upload, url: URL, sheet: Sheet }
  input Sheet { pages: [Upload!]!, title: String }
  input Node { file: Upload!, left: Node, right: Node, others: [Node!] }
  input Ping { pong: Pong, file: Upload }
  input Pong { ping: Ping }
  input Page { "The scan." scan: Upload!, note: String, spare: Upload! = "none" }
  input Book { "Its pages." pages: [Page!]!, cover: Image!, back: Image }
  type Query { ok: Boolean }
`);

function slots(schema: GraphQLSchema | null, declared: string, variables: unknown = {}): UploadSlot[] {
  const operation = getOperationAST(parse(`query (${declared}) { ok }`));
  if (!operation) throw new Error('The document has no operation.');
  return uploadSlots(schema, operation, variables);
}

const labels = (schema: GraphQLSchema | null, declared: string, variables?: unknown) =>
  slots(schema, declared, variables).map(({ label }) => label);

describe("the upload slots of the gateway's operations", () => {
  it('are both images of createPrompt, described by the field and the file type', () => {
    const input = slots(GATEWAY, '$tuneId: ID!, $input: CreatePromptInput!');
    expect(input).toEqual([
      {
        path: ['input', 'inputImage', 'upload'],
        label: 'input.inputImage',
        description: 'Image to start from. PNG, JPEG, WebP, AVIF or HEIC file.',
        isList: false,
        isRequired: false,
        oneOfPath: ['input', 'inputImage'],
        instead: null,
      },
      {
        path: ['input', 'maskImage', 'upload'],
        label: 'input.maskImage',
        description: expect.stringMatching(/^Single-channel mask of the input image.*HEIC file\.$/),
        isList: false,
        isRequired: false,
        oneOfPath: ['input', 'maskImage'],
        instead: null,
      },
    ]);
  });

  it.each<[declared: string, labels: string[]]>([
    ['$overrides: PromptOverridesInput', ['overrides.inputImage', 'overrides.maskImage']],
    ['$mask: ImageInput!', ['mask']],
    ['$file: Upload', ['file']],
    ['$a: ImageInput, $b: ImageInput', ['a', 'b']],
    ['$targetModel: String!, $selection: PromptSelectionInput', []],
    ['$input: CreatePromptPayload', []],
    ['$input: NoSuchInput', []],
  ])('for the variables %s are %j', (declared, wanted) => {
    expect(labels(GATEWAY, declared)).toEqual(wanted);
  });

  it.each([[undefined], [null], ['text'], [[1]], [{ input: 'text' }], [{ input: [[]] }], [{ input: null }]])(
    'are the same when the variables are %j',
    (variables) => {
      expect(labels(GATEWAY, '$input: CreatePromptInput!', variables)).toEqual([
        'input.inputImage',
        'input.maskImage',
      ]);
    },
  );

  it('are empty when an operation has no variables', () => {
    const operation = getOperationAST(parse('{ ok }'));
    expect(operation && uploadSlots(GATEWAY, operation, { input: {} })).toEqual([]);
  });
});

describe('upload slots without a schema', () => {
  it('the upload slots without a schema are only the variables of type Upload', () => {
    expect(labels(null, '$file: Upload, $input: CreatePromptInput!, $image: ImageInput')).toEqual(['file']);
  });

  it.each<[type: string, isList: boolean, isRequired: boolean]>([
    ['Upload', false, false],
    ['Upload!', false, true],
    ['[Upload]', true, false],
    ['[Upload!]!', true, true],
    ['Upload! = "none"', false, false],
  ])(
    'the upload slots without a schema for type %s equal the slots with a schema',
    (type, isList, isRequired) => {
      const slot = { path: ['file'], label: 'file', description: null, oneOfPath: null, instead: null };
      const wanted = { ...slot, isList, isRequired };
      expect(slots(null, `$file: ${type}`)).toEqual([wanted]);
      expect(slots(MADE_UP, `$file: ${type}`)).toEqual([wanted]);
    },
  );

  it.each([['[[Upload]]'], ['String'], ['[Uploads]']])(
    'the upload slots without a schema do not include a variable of type %s',
    (type) => {
      expect(slots(null, `$file: ${type}`)).toEqual([]);
    },
  );
});

describe('upload slots of lists', () => {
  const BOOK = '$book: Book!';

  it('the upload slots of lists include the first element when the variables have none', () => {
    for (const book of [undefined, {}, { pages: [] }, { pages: null }])
      expect(labels(MADE_UP, BOOK, { book })).toContain('book.pages.0.scan');
  });

  it('the upload slots of lists include each element of the variables', () => {
    const found = slots(MADE_UP, BOOK, { book: { pages: [{ note: 'a' }, null, {}] } });
    const scans = found.filter(({ label }) => label.endsWith('scan'));
    expect(scans.map(({ path }) => path)).toEqual([
      ['book', 'pages', 0, 'scan'],
      ['book', 'pages', 1, 'scan'],
      ['book', 'pages', 2, 'scan'],
    ]);
    expect(scans.map(({ isRequired }) => isRequired)).toEqual([true, false, true]);
  });

  it('the upload slots of lists treat a single object as the only element, like GraphQL', () => {
    expect(labels(MADE_UP, BOOK, { book: { pages: { note: 'only one' } } })).toContain('book.pages.scan');
  });

  it('the upload slots of lists include one slot per inner list of a list of lists', () => {
    const found = slots(MADE_UP, '$files: [[Upload!]!]', { files: [[], []] });
    expect(found.map(({ path, isList }) => [path, isList])).toEqual([
      [['files', 0], true],
      [['files', 1], true],
    ]);
  });
});

describe('upload slot', () => {
  it('an upload slot is required when all its parents are and it has no default', () => {
    const required = (declared: string, variables?: unknown) =>
      slots(MADE_UP, declared, variables)
        .filter(({ isRequired }) => isRequired)
        .map(({ label }) => label);
    expect(required('$page: Page!')).toEqual(['page.scan']);
    expect(required('$page: Page')).toEqual([]);
    expect(required('$page: Page', { page: {} })).toEqual(['page.scan']);
    expect(required('$page: Page! = {scan: "none"}')).toEqual([]);
    expect(required('$image: Image!')).toEqual([]);
  });

  it('an upload slot names the nearest enclosing oneOf object, and is labelled with its full path elsewhere', () => {
    const found = slots(MADE_UP, '$book: Book!, $sheet: Sheet, $upload: Upload');
    expect(found.map(({ label, oneOfPath }) => [label, oneOfPath])).toEqual([
      ['book.pages.0.scan', null],
      ['book.pages.0.spare', null],
      ['book.cover', ['book', 'cover']],
      ['book.cover.sheet.pages', ['book', 'cover']],
      ['book.back', ['book', 'back']],
      ['book.back.sheet.pages', ['book', 'back']],
      ['sheet.pages', null],
      ['upload', null],
    ]);
  });

  it('an upload slot names the other field of its oneOf object that the variables contain', () => {
    const instead = (variables: unknown) =>
      slots(GATEWAY, '$input: CreatePromptInput!', variables).map((slot) => slot.instead);
    const url = 'https://images.example/a.png';
    expect(instead({ input: { inputImage: { url }, maskImage: { upload: null } } })).toEqual(['url', null]);
    expect(instead({ input: { inputImage: { url: null }, maskImage: 'x' } })).toEqual([null, null]);
    expect(instead({})).toEqual([null, null]);
  });

  it('an upload slot has the description of its field or its variable', () => {
    expect(slots(MADE_UP, '$page: Page')[0]?.description).toBe('The scan.');
    const operation = getOperationAST(parse('query ("Mine." $file: Upload) { ok }'));
    expect(operation && uploadSlots(MADE_UP, operation, {})[0]?.description).toBe('Mine.');
    expect(operation && uploadSlots(null, operation, {})[0]?.description).toBe('Mine.');
  });
});

describe('upload slots of recursive types', () => {
  it('the upload slots of recursive types end where the variables end', () => {
    expect(labels(MADE_UP, '$node: Node')).toEqual(['node.file']);
    expect(labels(MADE_UP, '$ping: Ping')).toEqual(['ping.file']);
    const node = { left: { right: {} }, right: null, others: [{}, { left: {} }] };
    expect(labels(MADE_UP, '$node: Node', { node })).toEqual([
      'node.file',
      'node.left.file',
      'node.left.right.file',
      'node.others.0.file',
      'node.others.1.file',
      'node.others.1.left.file',
    ]);
  });
});
