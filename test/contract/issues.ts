import type { z } from 'zod';

export interface FieldProblem {
  /** Path of the field, with every array index as `[]`. */
  readonly field: string;
  readonly problem: string;
}

type Issue = z.core.$ZodIssue;

/** Returns the problems of a value. Each undocumented field is a problem. */
export function fieldProblems(schema: z.ZodType, value: unknown): FieldProblem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => describe(issue, []));
}

function describe(issue: Issue, parent: readonly PropertyKey[]): FieldProblem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: toText([...path, key]), problem: 'is not documented' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [closest = []] = [...issue.errors].sort((a, b) => distance(a) - distance(b));
    return closest.flatMap((inner) => describe(inner, path));
  }
  return [{ field: toText(path), problem: issue.message }];
}

/** Estimates the distance of a value from an alternative. Problems near the root weigh most. */
function distance(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length * weight(issue.path.length + 1);
    return sum + weight(issue.path.length);
  }, 0);
}

function weight(depth: number): number {
  if (depth === 0) return 1000;
  return depth === 1 ? 10 : 1;
}

function toText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
