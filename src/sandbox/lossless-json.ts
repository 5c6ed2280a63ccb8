import { isLosslessNumber, isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** JSON text without any of these holds no number that a double would alter. */
const MAY_LOSE_DIGITS = /\d{16}|\d\.\d{15}|\d[eE]/;
const MARK = '"isLosslessNumber":true';

/** Parses JSON digit for digit: a number that a double cannot hold becomes a LosslessNumber. @throws SyntaxError */
export function parseLossless(text: string): unknown {
  if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text);
  return parse(text, null, {
    parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits)),
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** Writes what `parseLossless` gives. The slower lossless writer runs only where it makes a difference. */
export function stringifyLossless(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes(MARK) ? (stringify(value) ?? text) : text;
}

/** An object of JSON: no array, no null, no number. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
