/*
 * MLflow's search language has no escape inside quoted text: neither a
 * backslash nor a doubled quote is understood (checked against 3.17). Its
 * LIKE does have `_` for "any one character", so a quote is asked for as `_`
 * and the answer is narrowed to what was meant.
 */

/**
 * A filter that finds, among perhaps others, all names that hold `text`.
 * The caller narrows the answer with {@link nameContains}, because `%` and `_`
 * in the text are wildcards to MLflow.
 *
 * @internal
 */
export function nameContainsFilter(text: string): string {
  return `name ILIKE "%${text.replace(/"/g, '_')}%"`;
}

/** @internal */
export function nameContains(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}

/**
 * A filter that finds, among perhaps others, the one exact name. The caller
 * keeps what is equal: a name with both kinds of quotes can only be asked for
 * with wildcards.
 *
 * @internal
 */
export function nameEqualsFilter(name: string): string {
  if (!name.includes("'")) {
    return `name = '${name}'`;
  }
  return name.includes('"')
    ? `name LIKE "${name.replace(/"/g, '_')}"`
    : `name = "${name}"`;
}
