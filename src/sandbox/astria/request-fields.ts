import type { Body } from '../body.js';
import type { UploadedFile } from '../form.js';
import { json, Refusal } from '../response.js';
import { type Params, readParams } from './rails-params.js';
import { isFilled, isRecord, type Rule, readValue } from './values.js';

export interface ReadFields {
  /** Values of the fields in the request. Null if a field is null, or empty in a form. */
  values: Record<string, unknown>;
  files: Map<string, UploadedFile[]>;
}

/** Reads the fields of a request and collects all errors, as Astria responds with 422 and a map of fields to messages. */
export class RequestFields {
  readonly #params: Params;
  readonly #errors = new Map<string, string[]>();

  /** @throws Refusal if the body is invalid. */
  constructor(body: Body) {
    this.#params = readParams(body);
  }

  get isForm(): boolean {
    return this.#params.isForm;
  }

  /** Top-level parameters. */
  get root(): Readonly<Record<string, unknown>> {
    return this.#params.root;
  }

  /** Returns the object at a top-level key. Rejects other top-level keys except those in `also`. @throws Refusal */
  object(key: string, also: string[] = []): Record<string, unknown> {
    const value = this.root[key];
    if (!isRecord(value)) {
      throw new Refusal(json(422, { error: `param is missing or the value is empty: ${key}` }));
    }
    this.refuseOtherKeys([key, ...also]);
    return value;
  }

  refuseOtherKeys(allowed: string[]): void {
    const unknown = Object.keys(this.root).filter((name) => !allowed.includes(name));
    if (unknown.length === 0) return;
    throw new Refusal(json(422, Object.fromEntries(unknown.map((name) => [name, ['is not a known field']]))));
  }

  /**
   * Reads the fields of an object and checks them against the rules. Form values are strings, so numbers and booleans are
   * parsed and an empty string is null. JSON values must have the correct type.
   */
  read(rules: Record<string, Rule>, given: Readonly<Record<string, unknown>>, prefix = ''): ReadFields {
    const fields: ReadFields = { values: {}, files: new Map() };
    for (const [name, raw] of Object.entries(given)) {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      if (!rule) {
        this.add(prefix + name, 'is not a known field');
        continue;
      }
      const isNothing = raw === null || (this.isForm && raw === '');
      const outcome = isNothing ? { value: null } : readValue(rule, raw, this.isForm);
      if ('problem' in outcome) {
        this.add(prefix + name, outcome.problem);
        continue;
      }
      fields.values[name] = outcome.value;
      if (outcome.files) fields.files.set(name, outcome.files);
    }
    return fields;
  }

  /** Adds an error to each of these fields that is empty and has no error yet. */
  requireFilled(values: Readonly<Record<string, unknown>>, ...names: string[]): void {
    for (const name of names) if (!isFilled(values[name])) this.addFirst(name, "can't be blank");
  }

  add(field: string, message: string): void {
    this.#errors.set(field, [...(this.#errors.get(field) ?? []), message]);
  }

  /** Adds an error to a field that has none yet. */
  addFirst(field: string, message: string): void {
    if (!this.has(field)) this.add(field, message);
  }

  has(field: string): boolean {
    return this.#errors.has(field);
  }

  /** @throws Refusal */
  throwIfAny(): void {
    if (this.#errors.size > 0) throw new Refusal(json(422, Object.fromEntries(this.#errors)));
  }
}
