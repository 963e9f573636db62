import { maskText } from './maskText';

/**
 * What may be shown of an output: JSON text with secrets replaced, null when
 * nothing in it has to be hidden.
 */
export function shownOutput(
  text: string,
  secrets: readonly string[],
): string | null {
  if (secrets.length === 0) return null;
  const shown = JSON.stringify(maskValue(JSON.parse(text), secrets));
  // Compared in one spelling: the task may have written "1.0".
  return shown === JSON.stringify(JSON.parse(text)) ? null : shown;
}

/** A JSON value with every text in it masked, keys too. */
export function maskValue(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value;
  if (typeof value === 'string') return maskText(value, secrets);
  if (Array.isArray(value)) return value.map(item => maskValue(item, secrets));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        maskText(key, secrets),
        maskValue(item, secrets),
      ]),
    );
  }
  return value;
}
