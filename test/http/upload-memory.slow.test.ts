import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { BODY_END, multipart, openPost, operationParts, partHead } from '../support/upload-bytes.js';
import { pngHead } from '../support/upload-pictures.js';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(MIB, 0x5a);
const QUERY = `mutation ($file: Upload!) {
  createPrompt(tuneId: "2690418", input: { text: "a cat", inputImage: { upload: $file } }) {
    prompt { id }
    userErrors { code message }
  }
}`;

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await GatewayProcess.start();
});
afterAll(() => gateway.stop());

/** Uploads a picture in pieces, so that this process never holds all of it. */
async function upload(mebibytes: number): Promise<void> {
  const size = mebibytes * MIB;
  const envelope = multipart(operationParts({ query: QUERY, variables: {} }, { f: ['variables.file'] }), '');
  const head = Buffer.concat([envelope, Buffer.from(partHead({ name: 'f', filename: 'big.png' }))]);
  const tail = Buffer.from(`\r\n${BODY_END}`);
  const { request, answer } = openPost(gateway.url, { 'content-length': head.length + size + tail.length });
  request.write(head);
  request.write(pngHead(size));
  for (let left = size - pngHead(size).length; left > 0; left -= PIECE.length) {
    if (!request.write(PIECE.subarray(0, left))) await once(request, 'drain');
  }
  request.end(tail);
  const { data, errors } = await answer;
  expect(errors).toBeUndefined();
  expect(at(data, 'createPrompt')).toEqual({ prompt: { id: expect.any(String) }, userErrors: [] });
}

/** Returns the sizes of the files that the emulated Astria has received. */
async function receivedSizes(): Promise<unknown[]> {
  const requests: unknown = await (await fetch(`${gateway.sandboxUrl}/_sandbox/requests`)).json();
  if (!Array.isArray(requests)) throw new Error('no requests');
  return requests.map((request) => Object(at(request, 'body'))['prompt[input_image]']?.size);
}

it('an upload of 200 MB takes at most 60 MB of memory, including the emulated upstream', async () => {
  await upload(8);
  const idle = await gateway.memory();
  if (idle === null) {
    process.stdout.write('not measured: this system has no /proc\n');
    return;
  }
  await upload(200);
  const after = await gateway.memory();
  expect(await receivedSizes()).toEqual([8 * MIB, 200 * MIB]);
  const growth = (after?.peak ?? Number.POSITIVE_INFINITY) - idle.now;
  expect({ idle, after, growth, isFlat: growth <= 60 }).toMatchObject({ isFlat: true });
  await until(
    () => gateway.temporaryFiles(),
    (files) => files.length === 0,
  );
  expect(gateway.takeComplaints()).toBe('');
}, 60_000);
