import { unlink } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';

/** Names that fs-capacitor gives to temporary files. */
const TEMPORARY = /^capacitor-[0-9a-f]{32}\.tmp$/;

/** Removes the name of a temporary file that is open: it stays readable, and a kill of the process leaves nothing behind. */
export function unlinkOpen(file: Writable): void {
  const name = '_path' in file ? file._path : null;
  if (typeof name === 'string') unlink(name, () => {});
}

/**
 * Removes temporary files of uploads whose gateway was killed before it could remove their names. A file that another
 * process has open stays readable for it.
 */
export async function sweepUploads(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) if (TEMPORARY.test(name)) unlink(path.join(tmpdir(), name), () => {});
}
