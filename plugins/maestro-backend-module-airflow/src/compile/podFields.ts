/**
 * Looks at what a DAG file gives as a pod, and says what is not what Kubernetes
 * has there. Pure.
 *
 * @packageDocumentation
 */

/** Something of a pod that Maestro's pods cannot have. */
export class Unfit extends Error {}

/**
 * What `lower` makes of a pod, or why it makes nothing of it, as a part of a
 * sentence. The client of Python checks no types: where a list belongs may be
 * anything, and what is not looked at before is no fault of Maestro's.
 */
export function loweredOr<T>(
  pod: Fields,
  lower: () => T,
): { lowered: T } | { unfit: string } {
  try {
    return { lowered: lower() };
  } catch (error) {
    if (error instanceof Unfit) return { unfit: error.message };
    return {
      unfit: `it is no pod of Kubernetes (${
        error instanceof Error ? error.message : error
      }): ${shown(pod)}`,
    };
  }
}

export type Fields = Record<string, unknown>;

/** Kubernetes refuses what is none, and the operator says so. */
export function textOf(argument: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Unfit(`${argument} has ${JSON.stringify(value)}, which is no text`);
}

/**
 * The fields of an object that say something.
 *
 * @param kept - those that count although they are empty
 * @throws Unfit for one that is not among the known ones
 */
export function only(
  value: unknown,
  where: string,
  known: readonly string[],
  kept: readonly string[] = [],
): Fields {
  const fields = objectOf(value ?? {}, where === '' ? 'it' : where);
  const said = Object.entries(fields).filter(
    ([name, field]) => kept.includes(name) || !isEmpty(field),
  );
  for (const [name] of said) {
    if (!known.includes(name)) {
      throw new Unfit(
        `its pod has ${
          where === '' ? '' : `${where}.`
        }${name}, which Maestro's pods do not take over`,
      );
    }
  }
  return Object.fromEntries(said);
}

/** @throws Unfit for what is no list of objects */
export function objectsOf(list: unknown, where: string): Fields[] {
  if (!Array.isArray(list)) {
    throw new Unfit(`${where} is ${shown(list)}, which is no list`);
  }
  return list.map(entry => {
    if (isObject(entry)) return entry;
    throw new Unfit(`${where} has ${shown(entry)}, which is no object`);
  });
}

/** @throws Unfit for what is no object */
export function objectOf(value: unknown, where: string): Fields {
  if (isObject(value)) return value;
  throw new Unfit(`${where} is ${shown(value)}, which is no object`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In a message: its beginning. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
