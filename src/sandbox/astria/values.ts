import { UploadedFile } from '../form.js';
import { fileProblem, isCaption } from './media.js';

/** Rule for the value of one attribute. Ranges and lists are those that Astria documents. */
export type Rule =
  | { kind: 'text' }
  /** A word from an open-ended list. Every word is accepted. */
  | { kind: 'word' }
  | { kind: 'url' }
  | { kind: 'boolean' }
  | { kind: 'int'; min?: number; max?: number; multipleOf?: number }
  | { kind: 'float'; min?: number; max?: number }
  | { kind: 'choice'; values: readonly (string | number)[] }
  | { kind: 'object' }
  | { kind: 'ids' }
  | { kind: 'urls' }
  | { kind: 'file'; accepts: 'image' | 'video' | 'audio' }
  /** With `captions`, text files are accepted in addition to images. */
  | { kind: 'files'; captions?: boolean };

type ValueOf<R extends Rule> = R extends { kind: 'int' | 'float' }
  ? number
  : R extends { kind: 'boolean' }
    ? boolean
    : R extends { kind: 'files' | 'urls' }
      ? string[]
      : R extends { kind: 'ids' }
        ? number[]
        : R extends { kind: 'object' }
          ? Record<string, unknown>
          : R extends { kind: 'choice'; values: readonly (infer V)[] }
            ? V
            : string;

/** Attributes described by a table of rules. The value of a file is the URL that serves it. */
export type Attributes<Rules extends Record<string, Rule>> = {
  -readonly [Name in keyof Rules]: ValueOf<Rules[Name]> | null;
};

/** Placeholder for the URL of a file, which is unknown until its object has an id. */
const PENDING_FILE = 'pending:';

type Outcome = { value: unknown; files?: UploadedFile[] } | { problem: string };

/** Reads a value that is not null. */
export function readValue(rule: Rule, raw: unknown, isForm: boolean): Outcome {
  switch (rule.kind) {
    case 'text':
      // The real API stores garbage if it receives a file for a string. Here it is rejected like a number.
      return typeof raw === 'string' ? { value: raw } : { problem: 'must be a string' };
    case 'word':
      return typeof raw === 'string' && /^[\w.+-]+$/.test(raw)
        ? { value: raw }
        : { problem: 'must be a word' };
    case 'url':
      return isUrl(raw) ? { value: raw } : { problem: 'must be an http or https URL' };
    case 'boolean':
      return readBoolean(raw, isForm);
    case 'int':
    case 'float':
      return readNumber(rule, isForm ? numberFromText(raw) : raw);
    case 'choice':
      return readChoice(rule.values, raw, isForm);
    case 'object':
      return readObject(raw, isForm);
    case 'ids':
      return readIds(raw, isForm);
    case 'urls':
      return readUrls(raw);
    case 'file':
      return readFiles((file) => fileProblem(file, rule.accepts), raw, false);
    case 'files':
      return readFiles(
        (file) => (rule.captions && isCaption(file) ? null : fileProblem(file, 'image')),
        raw,
        true,
      );
  }
}

function readBoolean(raw: unknown, isForm: boolean): Outcome {
  if (typeof raw === 'boolean') return { value: raw };
  if (isForm && (raw === 'true' || raw === '1')) return { value: true };
  if (isForm && (raw === 'false' || raw === '0')) return { value: false };
  return { problem: 'must be true or false' };
}

function readNumber(rule: Extract<Rule, { kind: 'int' | 'float' }>, raw: unknown): Outcome {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return { problem: 'is not a number' };
  if (rule.kind === 'int' && !Number.isInteger(raw)) return { problem: 'must be an integer' };
  if (rule.min !== undefined && raw < rule.min) {
    return { problem: `must be greater than or equal to ${rule.min}` };
  }
  if (rule.max !== undefined && raw > rule.max) {
    return { problem: `must be less than or equal to ${rule.max}` };
  }
  if (rule.kind === 'int' && rule.multipleOf !== undefined && raw % rule.multipleOf !== 0) {
    return { problem: `must be a multiple of ${rule.multipleOf}` };
  }
  return { value: raw };
}

function readChoice(values: readonly (string | number)[], raw: unknown, isForm: boolean): Outcome {
  const value = isForm && typeof values[0] === 'number' ? numberFromText(raw) : raw;
  const match = values.find((candidate) => candidate === value);
  return match === undefined ? { problem: 'is not included in the list' } : { value: match };
}

/** Reads an object. In a form it can be a single field with JSON. */
function readObject(raw: unknown, isForm: boolean): Outcome {
  const value = isForm && typeof raw === 'string' ? parseJson(raw) : raw;
  return isRecord(value) ? { value } : { problem: 'must be an object' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readIds(raw: unknown, isForm: boolean): Outcome {
  const ids = Array.isArray(raw) ? raw.map((item) => (isForm ? numberFromText(item) : item)) : [];
  const areIds = ids.every((id) => Number.isSafeInteger(id) && Number(id) > 0);
  return Array.isArray(raw) && areIds ? { value: ids } : { problem: 'must be a list of ids' };
}

function readUrls(raw: unknown): Outcome {
  if (!Array.isArray(raw)) return { problem: 'must be a list of URLs' };
  return raw.every(isUrl) ? { value: raw } : { problem: 'must be a list of http or https URLs' };
}

function readFiles(
  problemOf: (file: UploadedFile) => string | null,
  raw: unknown,
  several: boolean,
): Outcome {
  const list = several && Array.isArray(raw) ? raw : [raw];
  const files = list.filter((item) => item instanceof UploadedFile);
  if (files.length !== list.length) return { problem: 'must be an uploaded file' };
  for (const file of files) {
    const problem = problemOf(file);
    if (problem) return { problem };
  }
  return { value: several ? files.map(() => PENDING_FILE) : PENDING_FILE, files };
}

function numberFromText(raw: unknown): unknown {
  if (typeof raw !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(raw)) return raw;
  return Number(raw);
}

function isUrl(raw: unknown): raw is string {
  if (typeof raw !== 'string' || !/^https?:\/\//i.test(raw)) return false;
  return URL.canParse(raw);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof UploadedFile)
  );
}

/** Returns true for a string that is not blank and for a list that is not empty. */
export function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  return Array.isArray(value) && value.length > 0;
}
