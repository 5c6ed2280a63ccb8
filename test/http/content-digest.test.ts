import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEAD_BYTES } from '../../src/domain/uploaded-file.js';
import { ContentDigest } from '../../src/http/uploads/graphql-upload-patches.js';

it('the digest of a file is the same, however its bytes are split into chunks', () => {
  const bytes = randomBytes(3 * HEAD_BYTES);
  const cuts = fc.array(fc.nat(bytes.length), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(cuts, (unsorted) => {
      const ends = unsorted.sort((a, b) => a - b);
      const digest = new ContentDigest();
      for (const [index, end] of ends.entries()) digest.add(bytes.subarray(ends[index - 1] ?? 0, end));
      const file = bytes.subarray(0, ends.at(-1));
      const { head, ...rest } = digest.end();
      expect(head.equals(file.subarray(0, HEAD_BYTES))).toBe(true);
      expect(rest).toEqual({
        size: file.length,
        sha256: createHash('sha256').update(file).digest('base64url'),
      });
    }),
  );
});
