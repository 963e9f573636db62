import { MASK, maskText } from './maskText';

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

/**
 * Whether JSON text holds a secret: in a text of it, or one that is JSON itself.
 */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return (
    shownOutput(text, secrets) !== null || maskText(text, secrets) !== text
  );
}

/** A JSON value with every text in it masked, keys too. */
export function maskValue(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value;
  if (typeof value === 'string') return maskText(value, secrets);
  if (typeof value === 'number') {
    // A secret of digits only, handed on as what it looks like.
    const text = String(value);
    return secrets.includes(text) ? MASK : value;
  }
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

/**
 * What was replaced in a value to make of it what is shown: the texts that
 * must not be shown elsewhere either. Where that cannot be told apart it is
 * the whole text.
 */
export function hiddenParts(value: unknown, shown: unknown): string[] {
  const found = new Set<string>();
  const compare = (real: unknown, masked: unknown): void => {
    if (typeof masked === 'string' && isObject(real)) {
      Object.values(real).forEach(item => compare(item, masked));
    } else if (typeof masked === 'string' && real !== masked) {
      replacedIn(String(real), masked).forEach(part => found.add(part));
    } else if (isObject(real) && isObject(masked)) {
      // Same order; only the names of keys may differ.
      const others = Object.entries(masked);
      Object.entries(real).forEach(([key, item], i) => {
        if (!others[i]) return;
        compare(key, others[i][0]);
        compare(item, others[i][1]);
      });
    }
  };
  compare(value, shown);
  return [...found].filter(part => part !== '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The texts in `real` that stand behind the masks of `masked`. */
function replacedIn(real: string, masked: string): string[] {
  // It may have held the mask before: then no mask says what was behind it.
  if (real.includes(MASK)) return [real];
  const parts: string[] = [];
  const [head, ...rest] = masked.split(MASK);
  if (!real.startsWith(head)) return [real];
  let at = head.length;
  for (const [i, next] of rest.entries()) {
    const isLast = i === rest.length - 1;
    const end = isLast ? real.length - next.length : real.indexOf(next, at + 1);
    // Two masks side by side cannot be told apart.
    if (end < at || (!isLast && next === '')) return [real];
    if (isLast && !real.endsWith(next)) return [real];
    parts.push(real.slice(at, end));
    at = end + next.length;
  }
  return parts;
}
