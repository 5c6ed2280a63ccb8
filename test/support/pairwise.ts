/** Possible values of each setting. */
export type Settings<T> = { readonly [K in keyof T]: readonly T[K][] };

interface Pair {
  readonly names: readonly [string, string];
  readonly values: readonly [unknown, unknown];
}

/**
 * Combines settings so that every pair of values of two settings occurs in at least one combination. These are few of all
 * combinations but reveal nearly all interactions. Deterministic.
 */
export function pairwise<T extends object>(settings: Settings<T>): T[] {
  const names = Object.keys(settings) as (keyof T & string)[];
  let open = allPairs(settings, names);
  const combinations: T[] = [];
  while (open.length > 0) {
    const combination: Record<string, unknown> = {};
    for (const name of names) {
      const counts = settings[name].map((value) => ({
        value,
        covered: open.filter((pair) => fits(pair, { ...combination, [name]: value }, name)).length,
      }));
      combination[name] = counts.sort((one, two) => two.covered - one.covered)[0]?.value;
    }
    combinations.push(combination as T);
    open = open.filter((pair) => !covers(combination, pair));
  }
  return combinations;
}

function allPairs<T extends object>(settings: Settings<T>, names: readonly (keyof T & string)[]): Pair[] {
  return names.flatMap((one, index) =>
    names
      .slice(index + 1)
      .flatMap((two) =>
        settings[one].flatMap((first) =>
          settings[two].map((second): Pair => ({ names: [one, two], values: [first, second] })),
        ),
      ),
  );
}

/** Returns true if a pair with `name` can still occur in the incomplete combination. */
function fits(pair: Pair, combination: Record<string, unknown>, name: string): boolean {
  if (!pair.names.includes(name)) return false;
  return pair.names.every(
    (each, index) => !(each in combination) || combination[each] === pair.values[index],
  );
}

export function covers(combination: object, { names, values }: Pair): boolean {
  return names.every((name, index) => Reflect.get(combination, name) === values[index]);
}
