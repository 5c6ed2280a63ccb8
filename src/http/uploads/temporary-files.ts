import { unlink } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Names that fs-capacitor gives to temporary files. */
const TEMPORARY = /^capacitor-[0-9a-f]{32}\.tmp$/;

/**
 * Removes temporary files of uploads whose gateway was killed before it could remove their names. A file that another
 * process has open stays readable for it.
 */
export async function sweepUploads(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) if (TEMPORARY.test(name)) unlink(path.join(tmpdir(), name), () => {});
}
