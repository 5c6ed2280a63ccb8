/** Where it is asked whether the gateway lives, and is ready; the answer tells nothing else. */
export const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);

/** All that the operator's own programs ask for. */
export const OPERATOR_PATHS: ReadonlySet<string | undefined> = new Set([...PROBES, '/metrics']);
