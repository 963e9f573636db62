import type { ModelRow } from './conditions';
import type { ModelUnique } from './modelSchema';

/** Stands in no key. */
const BETWEEN = '\0';

/**
 * The committed rows of one table by their key, in the order in which they came,
 * and by the columns of its unique indexes.
 */
export class CommittedRows {
  private readonly rows = new Map<string, ModelRow>();
  private readonly keys: ReadonlyMap<ModelUnique, Map<string, string>>;

  constructor(uniques: readonly ModelUnique[]) {
    this.keys = new Map(uniques.map(unique => [unique, new Map()]));
  }

  get(key: string): ModelRow | undefined {
    return this.rows.get(key);
  }

  all(): ReadonlyMap<string, ModelRow> {
    return this.rows;
  }

  /** The key of the row that a unique index knows by its `place` there. */
  keyAt(unique: ModelUnique, place: string): string | undefined {
    return this.keys.get(unique)!.get(place);
  }

  set(key: string, row: ModelRow): void {
    this.move(key, this.rows.get(key), row);
    this.rows.set(key, row);
  }

  delete(key: string): void {
    this.move(key, this.rows.get(key), undefined);
    this.rows.delete(key);
  }

  private move(
    key: string,
    before: ModelRow | undefined,
    after: ModelRow | undefined,
  ): void {
    for (const [unique, keys] of this.keys) {
      const from = before && placeIn(unique, before);
      const to = after && placeIn(unique, after);
      if (from === to) continue;
      if (from !== undefined && keys.get(from) === key) keys.delete(from);
      if (to !== undefined) keys.set(to, key);
    }
  }
}

/**
 * Where a row stands in a unique index; undefined for one that is not in it. Two
 * rows with the same place are in each other's way.
 */
export function placeIn(
  { columns, where }: ModelUnique,
  row: ModelRow,
): string | undefined {
  if (where && !where(row)) return undefined;
  let place = '';
  for (const column of columns) {
    const value = row[column];
    if (value === null) return undefined;
    // A number is not the text of its digits.
    place += `${typeof value === 'string' ? `'${value}` : value}${BETWEEN}`;
  }
  return place;
}
