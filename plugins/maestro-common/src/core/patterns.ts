/**
 * Whether a text is like one of these patterns, in which `*` stands for any
 * characters. Linear in both, whatever they are.
 *
 * @public
 */
export function fitsPatterns(
  patterns: readonly string[],
  text: string,
): boolean {
  return patterns.some(pattern => isLike(pattern, text));
}

function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const last = parts.pop()!;
  let from = 0;
  for (const [i, part] of parts.entries()) {
    const found = text.indexOf(part, from);
    if (i === 0 && found !== 0) return false;
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
