/** Where a value stands in the variables; begins with the variable's name. */
export type VariablePath = readonly (string | number)[];

type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an object or a list has at a key; undefined where it is neither or has nothing there. */
export function childOf(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A copy with another value at the path; makes the objects and lists on the way there. */
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
