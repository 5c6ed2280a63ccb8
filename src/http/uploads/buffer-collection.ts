import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

/** Number of bytes of files that pass through the process between two collections. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;

let collect: Collect | null = null;
let passedBytes = 0;

/**
 * Counts bytes of a file whose buffer is no longer needed, and has such buffers collected from time to time. They lie outside
 * of V8's heap: V8 waits for 64 MB of them, and on Node 24 then marks its whole heap (figures in bench/README.md).
 */
export function countPassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < COLLECT_EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= exposeCollector();
  collect({ type: 'minor' });
}

/** Node offers no other way to request a collection without a flag on the command line. */
function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
