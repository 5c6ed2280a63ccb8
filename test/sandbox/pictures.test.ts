import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** Reads the size of a PNG, and checks that its pixel data have the right length. */
async function decode(url: string): Promise<{ width: number; height: number; bytes: Buffer }> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/png');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  expect(bytes.toString('latin1', 12, 16)).toBe('IHDR');
  // Every PNG ends with the same empty chunk.
  expect(bytes.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const length = bytes.readUInt32BE(33);
  expect(bytes.toString('latin1', 37, 41)).toBe('IDAT');
  expect(inflateSync(bytes.subarray(41, 41 + length))).toHaveLength((width * 3 + 1) * height);
  return { width, height, bytes };
}

const urlOf = (attributes: Parameters<Sandbox['astria']['addPrompt']>[0], n = 0) =>
  String(sandbox.astria.addPrompt(attributes).images?.[n]);

describe('images of the sandbox', () => {
  it.each([
    [{ aspect_ratio: '1:1' as const }, 256, 256],
    [{}, 256, 256],
    [{ aspect_ratio: '16:9' as const }, 341, 192],
    [{ aspect_ratio: '9:21' as const }, 168, 391],
    [{ w: 512, h: 768 }, 209, 314],
  ])(
    'the images of the sandbox of a prompt with %j are PNGs of %i x %i',
    async (attributes, width, height) => {
      expect(await decode(urlOf(attributes))).toMatchObject({ width, height });
    },
  );

  it('the images of the sandbox differ from each other but never change', async () => {
    const prompt = sandbox.astria.addPrompt({ seed: 5 });
    const [first = '', second = ''] = prompt.images ?? [];
    const again = await decode(first);
    expect((await decode(first)).bytes.equals(again.bytes)).toBe(true);
    expect((await decode(second)).bytes.equals(again.bytes)).toBe(false);
  });

  it('the images of the sandbox exist for the training images of tunes', async () => {
    const [url = ''] = sandbox.astria.tunes.get(2014377)?.orig_images ?? [];
    await decode(url);
  });

  it('the images of the sandbox support only GET and HEAD', async () => {
    const url = urlOf({});
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('the images of the sandbox exist only as far as a prompt has images', async () => {
    const { id } = sandbox.astria.addPrompt({ num_images: 2 });
    const running = sandbox.astria.addPrompt({ images: null });
    for (const path of [`${id}/2.png`, `${id}/0.jpg`, `${id}/x.png`, `${running.id}/0.png`, '1/0.png']) {
      expect((await fetch(`${sandbox.url}/images/${path}`)).status).toBe(404);
    }
  });
});
