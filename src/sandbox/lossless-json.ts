import { isLosslessNumber, isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** A JSON string without a match contains no number that a double would alter. */
const MAY_LOSE_DIGITS = /\d{16}|\d\.\d{15}|\d[eE]/;
const MARK = '"isLosslessNumber":true';

/** Parses JSON without losing digits. A number that a double cannot represent becomes a LosslessNumber. @throws SyntaxError */
export function parseLossless(text: string): unknown {
  if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text);
  return parse(text, null, {
    parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits)),
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** Serializes the result of `parseLossless`. Uses the slower lossless serializer only if the value needs it. */
export function stringifyLossless(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes(MARK) ? (stringify(value) ?? text) : text;
}

/** Returns true for a JSON object, as opposed to an array, null or a LosslessNumber. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
