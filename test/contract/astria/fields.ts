import { z } from 'zod';
import { url } from './common.js';

/** Field in both encodings of a body. In a form, every value except a file is a string. */
export interface Field {
  readonly json: z.ZodType;
  readonly form: z.ZodType;
}
export type Fields = Readonly<Record<string, Field>>;

export const string: Field = same(z.string());
export const words: Field = same(z.string().min(1));
export const link: Field = same(url);
export const boolean: Field = { json: z.boolean(), form: z.enum(['true', 'false']) };
export const file: Field = {
  json: z.never('is a file: only a form can carry it'),
  form: z.strictObject({
    filename: z.string().min(1),
    contentType: z.string(),
    size: z.int(),
    sha256: z.string(),
  }),
};

export function same(schema: z.ZodType): Field {
  return { json: schema, form: schema };
}

export function oneOf(values: readonly string[]): Field {
  return same(z.enum(values));
}

export function number(min: number, max: number): Field {
  return numeric(z.number().min(min).max(max));
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Field {
  return numeric(z.int().min(min).max(max));
}

export function numeric(schema: z.ZodType<number, number>): Field {
  const form = z
    .string()
    .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/)
    .transform(Number)
    .pipe(schema);
  return { json: schema, form };
}

export function list({ json, form }: Field): Field {
  return { json: z.array(json).min(1), form: z.array(form).min(1) };
}

/** Makes a field clearable, with null in JSON or an empty string in a form. */
export function clearable({ json, form }: Field): Field {
  return { json: json.nullable(), form: z.union([form, z.literal('')]) };
}

export function object(fields: Fields, required: readonly string[] = []): Field {
  return { json: strict(fields, 'json', required), form: strict(fields, 'form', required) };
}

export function mapFields(fields: Fields, change: (field: Field) => Field): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field)]));
}

/** Adds rules between fields. The rules see the values in their JSON form. */
export function refine({ json, form }: Field, rules: (value: unknown) => readonly string[]): Field {
  const check = (schema: z.ZodType) =>
    schema.superRefine((value, context) => {
      for (const message of rules(value)) context.addIssue({ code: 'custom', message });
    });
  return { json: check(json), form: check(form) };
}

function strict(fields: Fields, encoding: keyof Field, required: readonly string[]): z.ZodType {
  const shape = Object.entries(fields).map(([name, field]) => [
    name,
    required.includes(name) ? field[encoding] : field[encoding].optional(),
  ]);
  return z.strictObject(Object.fromEntries(shape));
}
