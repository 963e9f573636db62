/** The columns of a row that changed, and its state in any case. */
export function difference<Row extends { state: string }>(
  before: Row,
  after: Row,
): Partial<Row> {
  const changed: Partial<Row> = {};
  changed.state = after.state;
  for (const key of Object.keys(after) as (keyof Row)[]) {
    if (after[key] !== before[key]) changed[key] = after[key];
  }
  return changed;
}
