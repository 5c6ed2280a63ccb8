/** Path of a value in the variables, starting with the variable's name. */
export type VariablePath = readonly (string | number)[];

type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the value of an object or list at a key, or undefined. */
export function childOf(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Returns a copy with another value at the path. Creates missing objects and lists on the path. */
export function replaced(object: JsonObject, path: VariablePath, value: unknown): JsonObject {
  const [key, ...rest] = path;
  return key === undefined ? object : { ...object, [key]: changed(childOf(object, key), rest, value) };
}

function changed(before: unknown, path: VariablePath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'string') return replaced(isObject(before) ? before : {}, path, value);
  const list: unknown[] = Array.isArray(before) ? [...before] : [];
  list[key] = changed(list[key], rest, value);
  return list;
}
