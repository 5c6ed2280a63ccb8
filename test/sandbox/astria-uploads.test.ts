import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { astriaClient, type Send, until } from './client.js';

const MEGABYTE = 1024 * 1024;
const PNG = encodePng(3, 3, new Uint8Array(27).fill(200));

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 60_000 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const sized = (size: number, fill = 7) => Buffer.concat([PNG, Buffer.alloc(size - PNG.length, fill)]);

async function upload(bytes: Buffer, filename = 'photo.png'): Promise<number> {
  const form = new FormData();
  form.append('prompt[text]', 'with an image');
  form.append('prompt[input_image]', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), filename);
  const reply = await send('POST', '/tunes/2234518/prompts', form);
  expect(reply.status).toBe(201);
  return Number(reply.body.id);
}

describe('sandbox', () => {
  it('the sandbox stores an upload byte for byte and serves it', async () => {
    const form = new FormData();
    form.append('prompt[text]', 'two files');
    form.append(
      'prompt[input_image]',
      new Blob([new Uint8Array(PNG)], { type: 'image/png' }),
      'père noël.png',
    );
    const mask = sized(5_000, 3);
    form.append('prompt[mask_image]', new Blob([new Uint8Array(mask)], { type: 'image/png' }), 'mask.png');
    const { body } = await send('POST', '/tunes/2234518/prompts', form);
    expect(sandbox.astria.findUpload(Number(body.id))).toEqual({
      field: 'input_image',
      filename: 'père noël.png',
      contentType: 'image/png',
      size: PNG.length,
      sha256: sha256(PNG),
      bytes: PNG,
    });
    expect(sandbox.astria.findUpload(Number(body.id), 'mask_image')?.sha256).toBe(sha256(mask));
    const served = await fetch(String(body.mask_image));
    expect(sha256(Buffer.from(await served.arrayBuffer()))).toBe(sha256(mask));
  });

  it('the sandbox records the description of an uploaded file', async () => {
    await upload(PNG, 'recorded.png');
    expect(sandbox.requests({ method: 'POST' }).at(-1)?.body).toEqual({
      'prompt[text]': 'with an image',
      'prompt[input_image]': {
        filename: 'recorded.png',
        contentType: 'image/png',
        size: PNG.length,
        sha256: sha256(PNG),
      },
    });
  });

  it('the sandbox keeps only the digest of a file above 4 MB', async () => {
    const big = sized(5 * MEGABYTE);
    const kept = sandbox.astria.findUpload(await upload(big));
    expect(kept).toMatchObject({ size: big.length, sha256: sha256(big) });
    expect(kept?.bytes).toBeUndefined();
  });

  it('the sandbox drops the oldest uploads beyond 32 MB, but keeps their digests', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 9; n += 1) ids.push(await upload(sized(4 * MEGABYTE, n)));
    const [first = 0] = ids;
    expect(sandbox.astria.findUpload(first)?.bytes).toBeUndefined();
    expect(sandbox.astria.findUpload(first)?.sha256).toBe(sha256(sized(4 * MEGABYTE, 0)));
    expect(sandbox.astria.findUpload(ids.at(-1) ?? 0)?.bytes).toHaveLength(4 * MEGABYTE);
  });

  it('the sandbox creates no prompt from an aborted upload', async () => {
    const before = sandbox.astria.prompts.size;
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head =
      'POST /astria/tunes/2234518/prompts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sd_sandbox\r\n' +
      'content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n';
    const part =
      '--b\r\ncontent-disposition: form-data; name="prompt[text]"\r\n\r\nx\r\n--b\r\n' +
      'content-disposition: form-data; name="prompt[input_image]"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n';
    socket.write(head + part + PNG.toString('latin1'));
    const record = await until(() =>
      sandbox.requests().find(({ headers }) => headers['content-length'] === '100000'),
    );
    socket.destroy();
    await upload(PNG);
    expect(record.status).toBeNull();
    expect(sandbox.astria.prompts.size).toBe(before + 1);
  });
});
