import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEAD_BYTES } from '../../src/domain/uploaded-file.js';
import { TemporaryFile } from '../../src/http/uploads/temporary-file.js';

async function read(file: TemporaryFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

it('the content of a file is the same, however its bytes are split into chunks', async () => {
  const bytes = randomBytes(3 * HEAD_BYTES);
  const cuts = fc.array(fc.nat(bytes.length), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, async (unsorted) => {
      const ends = unsorted.sort((a, b) => a - b);
      const file = new TemporaryFile('a.png');
      for (const [index, end] of ends.entries()) file.write(bytes.subarray(ends[index - 1] ?? 0, end));
      file.end();
      const sent = bytes.subarray(0, ends.at(-1));
      const { head, ...rest } = await file.content;
      expect(head.equals(sent.subarray(0, HEAD_BYTES))).toBe(true);
      expect(rest).toEqual({
        size: sent.length,
        sha256: createHash('sha256').update(sent).digest('base64url'),
      });
      expect((await read(file)).equals(sent)).toBe(true);
      file.release();
    }),
  );
});

it('a released file is read to its end by those that have begun, and by nobody else', async () => {
  const bytes = randomBytes(2_000_000);
  const file = new TemporaryFile('a.png');
  file.end(bytes);
  await file.content;
  const begun = file.read();
  const first = await begun.next();
  file.release();
  const chunks = [first.value ?? Buffer.alloc(0)];
  for await (const chunk of begun) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  await expect(read(file)).rejects.toThrow('the request of the file has ended');
});
