type Fields = Record<string, unknown>;

/**
 * Converts multipart names such as `prompt[text]`, `tune[images][]` and `tune[prompts_attributes][][text]` to nested
 * objects, like Rails.
 */
export function parseForm(body: unknown): Fields {
  const root: Fields = {};
  for (const [name, value] of Object.entries(Object(body))) {
    const [first = '', ...nested] = name.split('[');
    insert(root, [first, ...nested.map((key) => key.replace(/\]$/, ''))], value);
  }
  return root;
}

function insert(target: Fields, [key = '', next, ...rest]: readonly string[], value: unknown): void {
  if (next === undefined) target[key] = value;
  else if (next !== '') insert(child(target, key), [next, ...rest], value);
  else if (rest.length === 0) target[key] = [value].flat();
  else insertRows(target, key, rest, value);
}

function child(target: Fields, key: string): Fields {
  const existing = target[key];
  if (isFields(existing)) return existing;
  const created: Fields = {};
  target[key] = created;
  return created;
}

/** Inserts values into array items. Names repeat for each item, so the n-th value belongs to the n-th item. */
function insertRows(target: Fields, key: string, rest: readonly string[], value: unknown): void {
  const existing = target[key];
  const rows: unknown[] = Array.isArray(existing) ? existing : [];
  target[key] = rows;
  for (const [index, item] of [value].flat().entries()) {
    const row = rows[index];
    const fields = isFields(row) ? row : {};
    rows[index] = fields;
    insert(fields, rest, item);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
