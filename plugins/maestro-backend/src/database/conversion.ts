import type { DbBigint, DbBool } from './tables';

/** A bigint column as a number; instants and ids stay below 2^53. */
export function num(value: DbBigint): number {
  return typeof value === 'number' ? value : Number(value);
}

/** A nullable bigint column. */
export function optionalNum(
  value: DbBigint | null | undefined,
): number | undefined {
  return value === null || value === undefined ? undefined : num(value);
}

/** A boolean column. */
export function bool(value: DbBool): boolean {
  return value === true || value === 1;
}

/** A nullable text column. */
export function optionalText<T extends string>(
  value: T | null | undefined,
): T | undefined {
  return value ?? undefined;
}

/** A JSON column that this code wrote itself. */
export function json<T>(value: string): T {
  return JSON.parse(value) as T;
}
