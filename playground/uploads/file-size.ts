const UNITS = ['bytes', 'kB', 'MB', 'GB'];

/** Formats a size in steps of 1000: `512 bytes`, `1.2 MB`. */
export function fileSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // 999.5 and more would round to 1000 of the smaller unit.
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 10 ? 0 : 1;
  return `${Number(size.toFixed(digits))} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}
