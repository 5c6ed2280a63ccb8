import { hash } from 'node:crypto';

/** Returns the same bytes for the same name, so that seeds and pictures do not change between runs. */
export function digest(name: string): Buffer {
  return hash('sha256', name, 'buffer');
}

/** Returns an integer in [0, below). `below` is at most 2^48. */
export function numberFor(name: string, below: number): number {
  return digest(name).readUIntBE(0, 6) % below;
}

/** Returns a UUID in the format of version 4. */
export function uuidFor(name: string): string {
  const bytes = digest(name).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function pick<T>(name: string, from: readonly T[]): T {
  const value = from[numberFor(name, from.length)];
  if (value === undefined) throw new Error('Cannot pick from an empty list.');
  return value;
}
