/** What stands where a secret was. */
export const MASK = '***';

/**
 * Replaces every secret in a text, longest first, so that a secret that
 * contains another one leaves nothing behind.
 */
export function maskText(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret !== '' && masked.includes(secret)) {
      masked = masked.split(secret).join(MASK);
    }
  }
  return masked;
}
