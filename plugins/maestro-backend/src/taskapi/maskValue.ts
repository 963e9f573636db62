import { maskText } from '../engine/maskText';

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
