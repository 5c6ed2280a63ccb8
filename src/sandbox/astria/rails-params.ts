import type { Body } from '../body.js';
import type { FormEntry } from '../form.js';
import { json, Refusal } from '../response.js';
import { isRecord } from './values.js';

const MAX_NAME_DEPTH = 6;

export interface Params {
  isForm: boolean;
  root: Record<string, unknown>;
}

/** Reads the parameters of a JSON body, or of a form with the bracketed names of Rails. @throws Refusal */
export function readParams(body: Body): Params {
  switch (body.kind) {
    case 'none':
      return { isForm: false, root: {} };
    case 'invalid':
      throw new Refusal(json(body.status, { error: body.message }));
    case 'form':
      return { isForm: true, root: nest(body.entries) };
    case 'json':
      if (!isRecord(body.value))
        throw new Refusal(json(400, { error: 'request body must be a JSON object' }));
      return { isForm: false, root: body.value };
  }
}

/** Nests form fields like Rack: `prompt[text]` becomes {prompt: {text}}, and `tune[images][]` a list. */
function nest(entries: FormEntry[]): Record<string, unknown> {
  const root: Record<string, unknown> = Object.create(null);
  for (const { name, value } of entries) {
    const keys = [
      name.split('[')[0] ?? '',
      ...[...name.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? ''),
    ];
    if (keys.length > MAX_NAME_DEPTH) throw new Refusal(json(400, { error: `too deep a name: ${name}` }));
    setNested(root, keys, value);
  }
  return root;
}

function setNested(target: Record<string, unknown>, keys: string[], value: unknown): void {
  const [key = '', ...rest] = keys;
  const [next, ...deeper] = rest;
  if (next === undefined) {
    target[key] = value;
    return;
  }
  if (next !== '') {
    const child = isRecord(target[key]) ? target[key] : Object.create(null);
    target[key] = child;
    setNested(child, rest, value);
    return;
  }
  const list: unknown[] = Array.isArray(target[key]) ? target[key] : [];
  target[key] = list;
  if (deeper.length === 0) list.push(value);
  else setInList(list, deeper, value);
}

/** Handles names such as `a[][b]`. A repeated key starts the next object of the list. */
function setInList(list: unknown[], keys: string[], value: unknown): void {
  const last = list.at(-1);
  const [key = ''] = keys;
  if (isRecord(last) && !(key in last && keys.length === 1)) {
    setNested(last, keys, value);
    return;
  }
  const item: Record<string, unknown> = Object.create(null);
  list.push(item);
  setNested(item, keys, value);
}
