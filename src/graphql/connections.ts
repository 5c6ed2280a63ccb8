/** A connection as the schema's connection types have it; edges and cursors are made only when asked for. */
export interface Connection<T> {
  readonly nodes: readonly T[];
  readonly edges: readonly { cursor: string; node: T }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/** Puts a page into a connection. `after` is the cursor that the page was asked for with. */
export function toConnection<T>(
  { items, hasNextPage }: { readonly items: readonly T[]; readonly hasNextPage: boolean },
  cursorOf: (item: T, index: number) => string,
  after: string | null | undefined,
): Connection<T> {
  const cursorAt = (index: number) => {
    const item = items[index];
    return item === undefined ? null : cursorOf(item, index);
  };
  return {
    nodes: items,
    get edges() {
      return items.map((node, index) => ({ cursor: cursorOf(node, index), node }));
    },
    get pageInfo() {
      const [startCursor, endCursor] = [cursorAt(0), cursorAt(items.length - 1)];
      return { hasNextPage, hasPreviousPage: after != null, startCursor, endCursor };
    },
  };
}
