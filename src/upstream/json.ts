import { isSafeNumber, parse } from 'lossless-json';
import { ExactNumber } from '../domain/exact-number.js';

/**
 * Matches a number in an array or object that a double may not hold: 16 digits or more, an exponent, or a negative zero. It
 * rarely matches inside a string.
 */
const MAY_LOSE_DIGITS = /[\s:,[](?:-?(?:\d[\d.]{15}|\d+(?:\.\d+)?[eE])|-0)/;

/**
 * Parses JSON like `JSON.parse`, but a number that a double cannot hold becomes an {@link ExactNumber}.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  // The native parser is many times faster, and it decides whether the text is valid.
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'number' && !MAY_LOSE_DIGITS.test(text)) return value;
  try {
    return parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    // JSON that is nested too deeply for this recursive parser is rejected by the code that reads it.
    if (error instanceof RangeError) return value;
    throw error;
  }
}

function parseNumber(text: string): number | ExactNumber {
  const number = Number(text);
  // JSON.stringify writes a negative zero without its sign.
  return isSafeNumber(text) && !Object.is(number, -0) ? number : new ExactNumber(text);
}
