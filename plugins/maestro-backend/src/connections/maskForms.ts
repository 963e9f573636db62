/*
 * A secret reaches a log in more forms than its own: in a URL, in a basic
 * authentication header, inside JSON. Each form is a text of its own to mask.
 *
 * Secrets of fewer than 4 characters are not masked: "1" or "no" would turn a
 * log into a row of stars and hide nothing that could not be guessed.
 */

/** Shortest secret that is masked, in characters. */
export const MIN_MASKED_LENGTH = 4;

/** Names of fields whose values are secrets, in `extra` of a connection. */
const SECRET_FIELD =
  /pass|secret|token|api_?key|authorization|private|credential|passphrase|keyfile|access_?key/i;

/**
 * All texts that must not be shown for one secret.
 *
 * @param login - the other half of a basic authentication header
 */
export function maskForms(secret: string, login?: string): string[] {
  if (secret.length < MIN_MASKED_LENGTH) return [];
  const forms = new Set<string>([secret]);
  const url = encodeUrl(secret);
  forms.add(url);
  forms.add(url.replaceAll('%20', '+'));
  // urllib.parse.quote and others leave or take a few more characters.
  forms.add(
    url.replace(/[!'()*]/g, c =>
      `%${c.charCodeAt(0).toString(16)}`.toUpperCase(),
    ),
  );
  forms.add(url.replaceAll('%2F', '/'));
  const json = JSON.stringify(secret).slice(1, -1);
  forms.add(json);
  // Python's json.dumps writes everything beyond ASCII as \uXXXX.
  forms.add(
    json.replace(
      /[\u007f-\uffff]/g,
      c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
  addBase64(forms, secret);
  if (login !== undefined) addBase64(forms, `${login}:${secret}`);
  // A key of several lines is mostly printed line by line.
  if (/[\r\n]/.test(secret)) {
    for (const line of secret.split(/[\r\n]+/)) {
      if (line.trim().length >= 8) forms.add(line);
    }
  }
  return [...forms].filter(form => form.length >= MIN_MASKED_LENGTH);
}

/** Values of secret fields anywhere in `extra`, with everything below them. */
export function secretsOfExtra(extra: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown, secret: boolean) => {
    if (typeof value === 'string') {
      if (secret) found.push(value);
      else found.push(...passwordsOfUrl(value));
    } else if (typeof value === 'number') {
      if (secret) found.push(String(value));
    } else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        visit(
          inner,
          secret || (!Array.isArray(value) && SECRET_FIELD.test(key)),
        );
      }
    }
  };
  visit(extra, false);
  return found;
}

/** The password of a URL such as `postgresql://user:secret@host/db`. */
export function passwordsOfUrl(text: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s:]*:([^/?#\s]+)@/i.exec(
    text,
  )?.[1];
  if (!password) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // Not percent-encoded: then the text as it stands is all there is.
    return [password];
  }
}

/** `encodeURIComponent` that takes half surrogate pairs too. */
function encodeUrl(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function addBase64(forms: Set<string>, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  // Without padding: it is a prefix of the form with it.
  forms.add(bytes.toString('base64').replace(/=+$/, ''));
  forms.add(bytes.toString('base64url'));
}
