import { pathPattern } from './path-pattern.js';
import { FAULT_KINDS, type Fault, type UpstreamName } from './types.js';

interface ArmedFault {
  fault: Fault;
  matchesPath: (path: string) => boolean;
  toSkip: number;
  /** Number of requests left. Infinity for a fault that stays until it is cleared. */
  remaining: number;
}

/** The active faults. The first one that matches a request, in the order added, affects it. */
export class Faults {
  #armed: ArmedFault[] = [];

  /** @throws TypeError with all problems if the fault is invalid. */
  add(fault: Fault): void {
    const problems = faultProblems(fault);
    if (problems.length > 0) throw new TypeError(`The fault is invalid. ${problems.join(' ')}`);
    this.#armed.push({
      fault: { ...fault },
      matchesPath: pathPattern(fault.path ?? '**'),
      toSkip: fault.skip ?? 0,
      remaining: fault.times === 0 ? Number.POSITIVE_INFINITY : (fault.times ?? 1),
    });
  }

  /** Returns the fault that affects this request, or null, and counts down its remaining requests. */
  take(upstream: UpstreamName, method: string, path: string): Fault | null {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.upstream !== upstream || !armed.matchesPath(path)) continue;
      if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue;
      if (armed.toSkip > 0) {
        armed.toSkip -= 1;
        continue;
      }
      armed.remaining -= 1;
      if (armed.remaining <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return fault;
    }
    return null;
  }

  /** Returns the active faults, with the remaining `times` and `skip`. */
  list(): Fault[] {
    return this.#armed.map(({ fault, toSkip, remaining }) => ({
      ...fault,
      skip: toSkip,
      times: Number.isFinite(remaining) ? remaining : 0,
    }));
  }

  clear(): void {
    this.#armed = [];
  }
}

type Check = (value: unknown) => string | null;

const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
const count: Check = (value) => (isCount(value) ? null : 'must be a whole number, 0 or more.');
const oneOf =
  (allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value) ? null : `must be one of ${allowed.join(', ')}.`;

const CHECKS: Record<string, Check> = {
  upstream: oneOf(['astria', 'portkey']),
  kind: oneOf(FAULT_KINDS),
  method: (value) =>
    typeof value === 'string' && /^[a-z]+$/i.test(value) ? null : 'must be an HTTP method.',
  path: (value) =>
    typeof value === 'string' && /^[/*].{0,499}$/.test(value)
      ? null
      : 'must be a path relative to the base URL, such as /tunes/*/prompts.',
  times: count,
  skip: count,
  retryAfter: (value) =>
    isCount(value) || (typeof value === 'string' && /^[\x20-\x7e]{1,100}$/.test(value))
      ? null
      : 'must be seconds or an HTTP date.',
  delayMs: (value) =>
    isCount(value) && Number(value) <= 600_000 ? null : 'must be a whole number from 0 to 600000.',
  status: (value) =>
    isCount(value) && Number(value) >= 200 && Number(value) <= 599
      ? null
      : 'must be a whole number from 200 to 599.',
  body: () => null,
};

/** Returns all problems of the candidate. An empty list means that it is a valid fault. */
export function faultProblems(candidate: unknown): string[] {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) {
    return ['A fault must be an object.'];
  }
  const given = new Map<string, unknown>(
    Object.entries(candidate).filter(([, value]) => value !== undefined),
  );
  const problems: string[] = [];
  for (const required of ['upstream', 'kind']) {
    if (!given.has(required)) problems.push(`${required} is required and ${CHECKS[required]?.(undefined)}`);
  }
  for (const [name, value] of given) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
    const problem = check
      ? check(value)
      : `is not a field of a fault. The fields are ${Object.keys(CHECKS).join(', ')}.`;
    if (problem) problems.push(`${name} ${problem}`);
  }
  if (given.get('kind') === 'status' && !given.has('status'))
    problems.push('status is required for kind status.');
  return problems;
}

export function isFault(candidate: unknown): candidate is Fault {
  return faultProblems(candidate).length === 0;
}
