import { PendingUpload } from '../../graphql/pending-upload.js';
import { RequestError } from '../request-error.js';

/** Number of files in an operation, which has an input image and a mask image at most. */
export const MAX_FILES = 4;
/** Many times the length of the longest valid path, `variables.input.inputImage.upload`. */
const MAX_PATH_CHARACTERS = 1_000;

/** Error of a multipart request. For one of its files, 400 means that it is missing, and 499 that the client has disconnected. */
export class MultipartError extends RequestError {
  constructor(
    readonly status: 400 | 413 | 499,
    message: string,
  ) {
    super(status, status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST', message);
  }
}

/** Returns the value of the field `operations`. @throws MultipartError */
export function parseOperations(json: string): object {
  return parseObject('operations', json);
}

/**
 * Reads the field `map`, and puts the files that it names into the operations.
 * @returns The files by the names of their parts.
 * @throws MultipartError
 */
export function placeFiles(operations: object | null, json: string): Map<string, PendingUpload> {
  if (!operations)
    throw new MultipartError(400, 'Misordered multipart fields; ‘map’ should follow ‘operations’.');
  const map = parseObject('map', json);
  if (Array.isArray(map)) throw invalidType('map');
  const entries = Object.entries(map);
  if (entries.length > MAX_FILES) throw tooManyFiles();
  return new Map(entries.map(([name, paths]) => [name, placeFile(operations, paths)]));
}

export const tooManyFiles = () => new MultipartError(413, `${MAX_FILES} max file uploads exceeded.`);

function placeFile(operations: object, paths: unknown): PendingUpload {
  if (!Array.isArray(paths)) throw invalidType('map');
  const file = new PendingUpload();
  for (const path of paths) {
    if (typeof path !== 'string') throw invalidType('map');
    if (path.length > MAX_PATH_CHARACTERS)
      throw new MultipartError(400, `a path of the map has more than ${MAX_PATH_CHARACTERS} characters`);
    if (!place(operations, path.split('.'), file))
      throw new MultipartError(400, `Invalid object path in the ‘map’ multipart field: ‘${path}’.`);
  }
  return file;
}

/** Puts a file at a path, and creates what is missing on the way. Returns false if the path is invalid. */
function place(operations: object, path: readonly string[], file: PendingUpload): boolean {
  let container: unknown = operations;
  for (const [index, key] of path.entries()) {
    if (!isContainerFor(container, key)) return false;
    const next = path[index + 1];
    if (next === undefined) container[key] = file;
    else if (!Object.hasOwn(container, key)) container[key] = next === '0' ? [] : {};
    container = container[key];
  }
  return true;
}

/** A file is not one: a path that leads into it would change its members. */
function isContainerFor(value: unknown, key: string): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof PendingUpload) return false;
  if (Array.isArray(value)) return /^\d+$/.test(key) && Number(key) <= value.length;
  return key !== '__proto__';
}

function parseObject(field: string, json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new MultipartError(400, `Invalid JSON in the ‘${field}’ multipart field.`);
  }
  if (typeof value !== 'object' || value === null) throw invalidType(field);
  return value;
}

const invalidType = (field: string) =>
  new MultipartError(400, `Invalid type for the ‘${field}’ multipart field.`);
