import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'graphql';
import type { Attachment } from '../../playground/gateway/gateway.js';
import { ChosenFiles } from '../../playground/uploads/chosen-files.js';
import { fileSize } from '../../playground/uploads/file-size.js';
import { type SlotFiles, toFormData, withAttachments } from '../../playground/uploads/multipart.js';
import { uploadSlots } from '../../playground/uploads/upload-slots.js';
import { createSchema } from '../../src/graphql/schema.js';
import { CREATE, made, TUNE } from '../prompts/creating.js';
import { describeGateway } from '../support/describe-gateway.js';
import { postForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';

const MADE_UP = buildSchema(/* GraphQL */ `
  scalar Upload
  input Image @oneOf { upload: Upload, url: String, sheet: Sheet }
  input Sheet { pages: [Upload!], title: String }
  input Album { images: [Image!], files: [Upload!], title: String }
  type Query { ok: Boolean }
`);
const ALBUM = 'query ($album: Album) { ok }';

const file = (name: string) => new File([name], name);
const [A, B, C] = [file('a.png'), file('b.png'), file('c.png')];

/** Merges files into the upload slots of these variables. */
function merged(variables: Record<string, unknown>, files: Record<string, File[]>, query = ALBUM) {
  const operation = getOperationAST(parse(query));
  if (!operation) throw new Error('The document has no operation.');
  const slots = uploadSlots(query === ALBUM ? MADE_UP : createSchema(), operation, variables);
  return withAttachments(variables, slots, new Map(Object.entries(files)));
}

describe('merging files into variables', () => {
  it('merging files into variables leaves the variables unchanged without files', () => {
    const variables = { album: { images: [{ url: 'x' }] } };
    expect(merged(variables, {})).toEqual({ variables, attachments: [] });
    expect(merged(variables, { 'album.files': [] })).toEqual({ variables, attachments: [] });
  });

  it('merging files into variables ignores files for slots that no longer exist', () => {
    const variables = { album: { images: [{}] } };
    expect(merged(variables, { 'album.images.1.upload': [A] })).toEqual({ variables, attachments: [] });
  });

  it.each<[what: string, before: Record<string, unknown>]>([
    ['nothing', {}],
    ['null', { album: null }],
    ['a string', { album: 'words' }],
    ['an empty list', { album: { images: [] } }],
  ])(
    'merging files into variables creates the parent objects of a file where the variables have %s',
    (_what, before) => {
      expect(merged(before, { 'album.images.0.upload': [A] })).toEqual({
        variables: { album: { images: [{ upload: null }] } },
        attachments: [{ path: 'variables.album.images.0.upload', file: A }],
      });
    },
  );

  it('merging files into variables replaces the other field of a oneOf object, and leaves its siblings unchanged', () => {
    const before = {
      other: 1,
      album: { title: 'cats', images: [{ url: 'http://a' }, { url: 'http://b' }] },
    };
    expect(merged(before, { 'album.images.1.upload': [A] }).variables).toEqual({
      other: 1,
      album: { title: 'cats', images: [{ url: 'http://a' }, { upload: null }] },
    });
  });

  it('merging files into variables keeps the siblings of a file that is nested deeper in a oneOf object', () => {
    const before = { album: { images: [{ url: 'x', sheet: { title: 'kept', pages: ['gone', 'too'] } }] } };
    expect(merged(before, { 'album.images.0.sheet.pages': [A] })).toEqual({
      variables: { album: { images: [{ sheet: { title: 'kept', pages: [null] } }] } },
      attachments: [{ path: 'variables.album.images.0.sheet.pages.0', file: A }],
    });
  });

  it('merging files into variables numbers the files of a list, and sends only the first file of any other slot', () => {
    const { variables, attachments } = merged({}, { 'album.files': [A, B], 'album.images.0.upload': [C, A] });
    expect(variables).toEqual({ album: { files: [null, null], images: [{ upload: null }] } });
    expect(attachments).toEqual([
      { path: 'variables.album.images.0.upload', file: C },
      { path: 'variables.album.files.0', file: A },
      { path: 'variables.album.files.1', file: B },
    ]);
  });

  it('merging files into variables never modifies the original variables', () => {
    const before = {
      album: { title: 'cats', files: ['x'], images: [{ url: 'http://a' }, { sheet: { pages: [] } }] },
    };
    const copy = structuredClone(before);
    merged(before, {
      'album.files': [A],
      'album.images.0.upload': [B],
      'album.images.1.sheet.pages': [C],
    });
    expect(before).toEqual(copy);
  });
});

describe('multipart form', () => {
  const parts = (form: FormData) =>
    [...form].map(([name, value]) => [name, typeof value === 'string' ? JSON.parse(value) : value.name]);

  it('the multipart form contains the operation, then the map, then the files in order', () => {
    const operation = {
      query: '{ ok }',
      operationName: 'One',
      variables: { album: { title: 'cats' } },
      headers: { authorization: 'secret' },
    };
    const files: Attachment[] = [
      { path: 'variables.album.files.0', file: A },
      { path: 'variables.album.files.1', file: B },
      { path: 'variables.album.cover', file: C },
    ];
    expect(parts(toFormData(operation, files))).toEqual([
      [
        'operations',
        {
          query: '{ ok }',
          operationName: 'One',
          variables: { album: { title: 'cats', files: [null, null], cover: null } },
        },
      ],
      [
        'map',
        {
          0: ['variables.album.files.0'],
          1: ['variables.album.files.1'],
          2: ['variables.album.cover'],
        },
      ],
      ['0', 'a.png'],
      ['1', 'b.png'],
      ['2', 'c.png'],
    ]);
    expect(operation.variables).toEqual({ album: { title: 'cats' } });
  });

  it('the multipart form is valid without variables, operation name and files', () => {
    expect(parts(toFormData({ query: '{ ok }' }, []))).toEqual([
      ['operations', { query: '{ ok }', variables: {} }],
      ['map', {}],
    ]);
  });
});

describe('file that the playground sends to a gateway', () => {
  const gateway = describeGateway();

  it('a file that the playground sends to a gateway arrives at Astria byte for byte', async () => {
    const picture = Buffer.concat([png(200_000), randomBytes(50_000)]);
    const mask = png(3_000, 0x3c);
    const { variables, attachments } = merged(
      {
        tuneId: TUNE,
        input: { text: 'from the playground', maskImage: { url: 'https://example.com/a.png' } },
      },
      {
        'input.inputImage.upload': [new File([picture], 'père "noël".png', { type: 'image/png' })],
        'input.maskImage.upload': [new File([mask], 'mask.png')],
      },
      CREATE,
    );
    const answer = await postForm(
      gateway.url,
      toFormData({ query: CREATE, operationName: null, variables }, attachments),
    );
    const { id, ...faults } = made(answer);
    expect(faults).toEqual({ codes: [], errors: [] });
    const { astria } = gateway.sandbox;
    expect(astria.findUpload(Number(id), 'input_image')?.bytes?.equals(picture)).toBe(true);
    expect(astria.findUpload(Number(id), 'mask_image')?.bytes?.equals(mask)).toBe(true);
    expect(astria.findUploads(Number(id))).toHaveLength(2);
  });
});

describe('chosen files', () => {
  it('the chosen files are kept per tab and slot, and notify subscribers', () => {
    const chosen = new ChosenFiles();
    const seen: SlotFiles[] = [];
    const stop = chosen.subscribe(() => seen.push(chosen.get('one')));
    chosen.set('one', 'input.image', [A]);
    chosen.set('two', 'input.image', [B]);
    chosen.set('one', 'input.mask', [C]);
    stop();
    chosen.set('one', 'input.image', []);
    expect(seen.map((files) => [...files.keys()])).toEqual([
      ['input.image'],
      ['input.image'],
      ['input.image', 'input.mask'],
    ]);
    expect([...chosen.get('one')]).toEqual([['input.mask', [C]]]);
    expect([...chosen.get('two')]).toEqual([['input.image', [B]]]);
  });

  it('the chosen files are the same object until they change, so that React does not render forever', () => {
    const chosen = new ChosenFiles();
    expect(chosen.get('one')).toBe(chosen.get('two'));
    chosen.set('one', 'x', [A]);
    const before = chosen.get('one');
    chosen.set('two', 'x', [A]);
    expect(chosen.get('one')).toBe(before);
    chosen.set('one', 'x', [B]);
    expect(chosen.get('one')).not.toBe(before);
  });
});

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1 kB'],
  [1_234, '1.2 kB'],
  [9_960, '10 kB'],
  [123_456, '123 kB'],
  [999_499, '999 kB'],
  [999_600, '1 MB'],
  [25_000_000, '25 MB'],
  [3_100_000_000_000, '3100 GB'],
])('a file size of %d bytes is shown as %s', (bytes, text) => {
  expect(fileSize(bytes)).toBe(text);
});
