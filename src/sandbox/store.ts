/** A record with an id, owned by an account. */
interface Stored {
  id: string | number;
  owner: string;
}

/** Records of one type by id, oldest first. */
export class Store<T extends Stored> extends Map<T['id'], T> {
  add(record: T): T {
    this.set(record.id, record);
    return record;
  }

  /** Returns the records whose fields have these values, oldest first. */
  where(fields: Readonly<Partial<T>>): T[] {
    const names = Object.keys(fields) as (keyof T)[];
    return [...this.values()].filter((record) => names.every((name) => record[name] === fields[name]));
  }
}
