/**
 * A report as a document of its own. A task wrote it, so it is shown in a
 * frame that may run nothing, load nothing and reach nothing: `sandbox=""`
 * takes scripts, forms and the origin away, and this policy takes the network.
 *
 * @packageDocumentation
 */
const POLICY =
  "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; font-src data:; media-src data:; form-action 'none'; base-uri 'none'";

/**
 * The document to put into the frame. The policy stands first: nothing that
 * follows can take it back.
 */
export function reportDocument(html: string): string {
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="color-scheme" content="light">${html}`;
}

/** How a content type is shown. */
export type ReportKind =
  | 'html'
  | 'markdown'
  | 'image'
  | 'csv'
  | 'vega-lite'
  | 'json'
  | 'text';

/** @returns undefined for what can only be downloaded */
export function reportKind(contentType: string): ReportKind | undefined {
  const type = contentType.split(';')[0].trim().toLocaleLowerCase('en-US');
  if (type === 'text/html') return 'html';
  if (type === 'text/markdown') return 'markdown';
  // An SVG can hold scripts; as an image it cannot run them.
  if (/^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(type)) return 'image';
  if (type === 'text/csv') return 'csv';
  if (/^application\/vnd\.vegalite(\.v\d+)?\+json$/.test(type)) {
    return 'vega-lite';
  }
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type.startsWith('text/')) return 'text';
  return undefined;
}

/**
 * Rows of a CSV as RFC 4180 has it: quoted fields may hold commas, quotes and
 * line breaks.
 *
 * @param limit - rows after which reading ends
 */
export function parseCsv(text: string, limit: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length && rows.length < limit; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === ',') endField();
    else if (char === '\n') endRow();
    else if (char !== '\r') field += char;
  }
  if ((field !== '' || row.length > 0) && rows.length < limit) {
    endRow();
  }
  return rows;
}
