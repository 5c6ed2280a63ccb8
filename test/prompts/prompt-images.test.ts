import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { type Answer, at, calls } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { multipart, operationParts, postBytes } from '../support/upload-bytes.js';
import { DISGUISED, NO_PICTURES, PICTURES, png, sha256 } from '../support/upload-pictures.js';

const TUNE = '2690418';
const LIMIT = 300_000;
const CREATE = `mutation ($input: CreatePromptInput!) {
  createPrompt(tuneId: "${TUNE}", input: $input) { prompt { id } userErrors { code field message } }
}`;
const INPUT = 'variables.input.inputImage.upload';
const MASK = 'variables.input.maskImage.upload';

const gateway = describeGateway({ env: { MAX_UPLOAD_BYTES: String(LIMIT) } });

type Files = Parameters<typeof uploadForm>[2];

/** Creates a prompt with files at the given paths. `input` contains the other fields. */
function create(files: Files, input: Record<string, unknown> = {}): Promise<Answer> {
  const images = Object.keys(files).map((path): [string, unknown] => [path.split('.')[2] ?? '', {}]);
  const variables = { input: { text: 'a cat', ...Object.fromEntries(images), ...input } };
  return postForm(gateway.url, uploadForm(CREATE, variables, files));
}

function createdId({ data, errors }: Answer): number {
  expect(errors).toBeUndefined();
  expect(at(data, 'createPrompt.userErrors')).toEqual([]);
  return Number(at(data, 'createPrompt.prompt.id'));
}

describe('uploaded files', () => {
  it('uploaded files reach Astria unchanged and with a Content-Length', async () => {
    const [input, mask] = [png(LIMIT, 1), png(123_457, 2)];
    const answer = await create(
      {
        [INPUT]: { bytes: input, filename: 'in.png', type: 'image/png' },
        [MASK]: { bytes: mask, filename: 'mask.png' },
      },
      { seed: 4294967296, style: 'FANTASY_ART', controlnet: 'DEPTH', superResolution: false },
    );
    const id = createdId(answer);
    expect(gateway.sandbox.astria.findUpload(id, 'input_image')).toMatchObject({
      filename: 'in.png',
      contentType: 'image/png',
      size: LIMIT,
      sha256: sha256(input),
    });
    expect(gateway.sandbox.astria.findUpload(id, 'mask_image')).toMatchObject({
      size: 123_457,
      sha256: sha256(mask),
    });
    expect(calls(gateway.sandbox)).toEqual([`POST /tunes/${TUNE}/prompts`]);
    const [request] = gateway.sandbox.requests();
    expect(request?.headers['transfer-encoding']).toBeUndefined();
    expect(Number(request?.headers['content-length'])).toBeGreaterThan(LIMIT + 123_457);
    expect(Object.keys(Object(request?.body)).sort()).toEqual([
      'prompt[controlnet]',
      'prompt[input_image]',
      'prompt[mask_image]',
      'prompt[seed]',
      'prompt[style]',
      'prompt[super_resolution]',
      'prompt[text]',
    ]);
    expect(request?.body).toMatchObject({
      'prompt[seed]': '4294967296',
      'prompt[style]': 'Fantasy art',
      'prompt[super_resolution]': 'false',
    });
  });

  it.each(Object.keys(PICTURES))(
    'uploaded files are sent with the type of their content (%s)',
    async (type) => {
      const bytes = PICTURES[type] ?? png(0);
      const answer = await create({ [INPUT]: { bytes, filename: 'picture.txt', type: 'text/plain' } });
      expect(gateway.sandbox.astria.findUpload(createdId(answer))).toMatchObject({
        contentType: type,
        sha256: sha256(bytes),
      });
    },
  );

  it.each(Object.keys(DISGUISED))(
    'uploaded files are recognized by their whole file header (%s)',
    async (what) => {
      const { bytes, type } = DISGUISED[what] ?? { bytes: png(0), type: '' };
      const answer = await create({ [INPUT]: { bytes, filename: 'picture.bin' } });
      expect(gateway.sandbox.astria.findUpload(createdId(answer))).toMatchObject({ contentType: type });
    },
  );

  it('uploaded files can be combined with a URL', async () => {
    const mask = png(5_000);
    const answer = await create(
      { [MASK]: { bytes: mask, filename: 'mask.png' } },
      { inputImage: { url: 'https://example.com/in.png' } },
    );
    createdId(answer);
    expect(gateway.sandbox.requests()[0]?.body).toMatchObject({
      'prompt[input_image_url]': 'https://example.com/in.png',
      'prompt[mask_image]': { sha256: sha256(mask) },
    });
  });

  it('uploaded files can be used for two fields', async () => {
    const bytes = png(200_000);
    const body = multipart([
      ...operationParts(
        { query: CREATE, variables: { input: { text: 'a cat', inputImage: {}, maskImage: {} } } },
        { f: [INPUT, MASK] },
      ),
      { name: 'f', filename: 'both.png', content: bytes },
    ]);
    const id = createdId(await postBytes(gateway.url, body));
    expect(gateway.sandbox.astria.findUploads(id).map((upload) => upload.sha256)).toEqual([
      sha256(bytes),
      sha256(bytes),
    ]);
  });

  it('uploaded files can belong to several createPrompt fields of one operation', async () => {
    const [one, two] = [png(1000, 1), png(2000, 2)];
    const query = `mutation ($a: Upload!, $b: Upload!) {
      a: createPrompt(tuneId: "${TUNE}", input: { text: "a", inputImage: { upload: $a } }) { prompt { id } }
      b: createPrompt(tuneId: "${TUNE}", input: { text: "b", inputImage: { upload: $b } }) { prompt { id } }
    }`;
    const { data } = await postForm(
      gateway.url,
      uploadForm(
        query,
        {},
        {
          'variables.b': { bytes: two, filename: 'two.png' },
          'variables.a': { bytes: one, filename: 'one.png' },
        },
      ),
    );
    const sha = (alias: string) =>
      gateway.sandbox.astria.findUpload(Number(at(data, `${alias}.prompt.id`)))?.sha256;
    expect([sha('a'), sha('b')]).toEqual([sha256(one), sha256(two)]);
  });
});

describe('the file name', () => {
  it.each<[given: string, sent: string]>([
    ['ünï 日本.png', 'ünï 日本.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\pictures\\cat.png', 'cat.png'],
    ['a\\"b.png', 'a_b.png'],
    ['a%22; filename=%22x.png', 'a_22_ filename_22x.png'],
    ['a%0D%0AX-Evil: 1.png', 'a_0D_0AX-Evil_ 1.png'],
    ['tab\t.png', 'tab_.png'],
    ['<script>.png', '_script_.png'],
    [`${'x'.repeat(300)}.png`, `${'x'.repeat(196)}.png`],
    [`${'가'.repeat(100)}.png`, `${'가'.repeat(65)}.png`],
    [`x${'\u{1e923}\u{1e944}'.repeat(40)}.png`, `x${'\u{1e923}\u{1e944}'.repeat(24)}.png`],
    [`e${'\u0301\u0323'.repeat(100)}.png`, '_.png'],
    ['re\u0301sume\u0301.png', 'r\u00e9sum\u00e9.png'],
    ['हिन्दी चित्र.png', 'हिन्दी चित्र.png'],
    ['ภาพถ่ายที่.png', 'ภาพถ่ายที่.png'],
    ['\u2764\ufe0f.png', '_.png'],
    ['🐈.png', '_.png'],
  ])('%j is sent as %j', async (filename, expected) => {
    const body = multipart([
      ...operationParts(
        { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } },
        { f: [INPUT] },
      ),
      { name: 'f', filename, content: png(400) },
    ]);
    const id = createdId(await postBytes(gateway.url, body));
    const [upload, ...others] = gateway.sandbox.astria.findUploads(id);
    expect(upload).toMatchObject({ filename: expected, sha256: sha256(png(400)) });
    expect(others).toEqual([]);
  });
});

it('a file without a name is sent as image.png', async () => {
  const body = multipart([
    ...operationParts(
      { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } },
      { f: [INPUT] },
    ),
    { name: 'f', type: 'application/octet-stream', content: png(400) },
  ]);
  const id = createdId(await postBytes(gateway.url, body));
  expect(gateway.sandbox.astria.findUpload(id)).toMatchObject({ filename: 'image.png', size: 400 });
});

describe('invalid image', () => {
  const errorsOf = (answer: Answer) => {
    expect(answer.errors).toBeUndefined();
    expect(at(answer.data, 'createPrompt.prompt')).toBeNull();
    expect(gateway.sandbox.requests()).toEqual([]);
    return at(answer.data, 'createPrompt.userErrors');
  };
  const field = ['input', 'inputImage', 'upload'];
  const message = expect.stringMatching(/^The .*\.$/);

  it.each(Object.keys(NO_PICTURES))(
    'an invalid image is reported as UNSUPPORTED_MEDIA (%s)',
    async (what) => {
      const bytes = NO_PICTURES[what] ?? png(0);
      const answer = await create({ [INPUT]: { bytes, filename: 'cat.png', type: 'image/png' } });
      expect(errorsOf(answer)).toEqual([{ code: 'UNSUPPORTED_MEDIA', field, message }]);
    },
  );

  it('an invalid image is reported as INVALID when it is empty', async () => {
    const answer = await create({ [INPUT]: { bytes: Buffer.alloc(0), filename: 'cat.png' } });
    expect(errorsOf(answer)).toEqual([{ code: 'INVALID', field, message }]);
  });

  it.each([[LIMIT + 1], [3 * LIMIT]])(
    'an invalid image is reported as TOO_LARGE with %i bytes',
    async (size) => {
      const answer = await create({ [INPUT]: { bytes: png(size), filename: 'cat.png' } });
      expect(errorsOf(answer)).toEqual([{ code: 'TOO_LARGE', field, message }]);
    },
  );

  it('an invalid image is reported for each file, together with the other errors', async () => {
    const answer = await create(
      {
        [INPUT]: { bytes: png(LIMIT + 1), filename: 'cat.png' },
        [MASK]: { bytes: Buffer.from('no picture'), filename: 'mask.png' },
      },
      { steps: 51 },
    );
    expect(errorsOf(answer)).toEqual(
      expect.arrayContaining([
        { code: 'TOO_LARGE', field, message },
        { code: 'UNSUPPORTED_MEDIA', field: ['input', 'maskImage', 'upload'], message },
        { code: 'INVALID', field: ['input', 'steps'], message: 'Field "steps" must be between 0 and 50.' },
      ]),
    );
  });

  it('an invalid image is reported as REQUIRED when its part is missing', async () => {
    const body = multipart(
      operationParts(
        { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } },
        { f: [INPUT] },
      ),
    );
    expect(errorsOf(await postBytes(gateway.url, body))).toEqual([{ code: 'REQUIRED', field, message }]);
  });
});

describe('image input', () => {
  it.each<[what: string, inputImage: Record<string, unknown>, files: readonly string[]]>([
    ['both a file and a URL', { url: 'https://example.com/a.png' }, [INPUT]],
    ['neither a file nor a URL', {}, []],
    ['a file in place of its URL', {}, ['variables.input.inputImage.url']],
    ['a file in place of the whole input', {}, ['variables.input.inputImage']],
    ['a file in place of the text', { url: 'https://example.com/a.png' }, ['variables.input.text']],
  ])('an image input with %s is rejected with status 400', async (_what, inputImage, paths) => {
    const body = multipart([
      ...operationParts(
        { query: CREATE, variables: { input: { text: 'a cat', inputImage } } },
        Object.fromEntries(paths.map((path) => ['f', [path]])),
      ),
      ...paths.map(() => ({ name: 'f', filename: 'a.png', content: png(400) })),
    ]);
    const { status, errors } = await postBytes(gateway.url, body);
    expect(status).toBe(400);
    expect(errors?.length).toBeGreaterThan(0);
    for (const { extensions } of errors ?? []) expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(gateway.sandbox.requests()).toEqual([]);
  });
});

it('an error of Astria about an uploaded file has the path of its input field', async () => {
  gateway.sandbox.addFault({
    upstream: 'astria',
    kind: 'status',
    status: 422,
    body: { input_image: ['has no face in it'] },
  });
  const { data } = await create({ [INPUT]: { bytes: png(1000), filename: 'cat.png' } });
  expect(at(data, 'createPrompt.userErrors')).toEqual([
    {
      code: 'UPSTREAM_REJECTED',
      field: ['input', 'inputImage'],
      message: 'Field "inputImage" has no face in it.',
    },
  ]);
});

it('the gateway sends a file only once when the request fails', async () => {
  const file = { [INPUT]: { bytes: png(LIMIT), filename: 'cat.png' } };
  const ends = [];
  for (const kind of ['drop-before', 'drop-after', '504-after', '500', '429'] as const) {
    gateway.sandbox.reset();
    gateway.sandbox.addFault({ upstream: 'astria', kind, method: 'POST' });
    const { data, errors } = await create(file);
    const code = at(data, 'createPrompt.userErrors.0.code') ?? errors?.[0]?.extensions.code;
    ends.push([kind, code, gateway.sandbox.requests({ method: 'POST' }).length]);
  }
  expect(ends).toEqual([
    ['drop-before', 'OUTCOME_UNKNOWN', 1],
    ['drop-after', undefined, 1],
    ['504-after', undefined, 1],
    ['500', 'OUTCOME_UNKNOWN', 1],
    ['429', 'UPSTREAM_RATE_LIMITED', 1],
  ]);
});
