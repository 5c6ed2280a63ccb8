import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much passes between two collections, in bytes. */
const SWEEP_EVERY = 8 * 1024 * 1024;

// Node has no other way to ask for a collection without a flag on the command line.
setFlagsFromString('--expose-gc');
const collect: (options: { type: 'minor' }) => void = runInNewContext('gc');

/**
 * Passes a file's content on, and has dead buffers collected on the way. They lie outside of V8's heap, and it lets up
 * to 64 MB of them stand: without this every large file costs that much memory, although nothing holds on to it. A
 * collection of the young generation takes a third of a millisecond.
 */
export async function* sweeping(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let passed = 0;
  for await (const chunk of content) {
    yield chunk;
    passed += chunk.length;
    if (passed < SWEEP_EVERY) continue;
    passed = 0;
    collect({ type: 'minor' });
  }
}
