import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a request from outside says of who sends it. */
export interface Credentials {
  /** `X-Hub-Signature-256`: sha256= and the HMAC of the raw body, hex. */
  signature?: string;
  /** `Authorization`: Bearer and the secret itself. */
  authorization?: string;
}

/**
 * Whether a request knows the secret. Takes as long for a wrong one as for the
 * right one.
 */
export function knowsSecret(
  secret: string,
  body: Buffer,
  { signature, authorization }: Credentials,
): boolean {
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  const signed = `sha256=${createHmac('sha256', secret)
    .update(body)
    .digest('hex')}`;
  // Both are computed whatever was sent.
  const bySignature = same(signed, signature?.toLowerCase() ?? '');
  const byBearer = same(secret, bearer ?? '');
  return bySignature || byBearer;
}

/** Hashes are of one length, so that the length tells nothing either. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
