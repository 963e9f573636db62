import type { LogPage } from '@maestro/plugin-maestro-common';
import { plainText } from './ansi';

/** Bytes read at once while a whole log is searched: the API's maximum. */
const STEP = 1024 * 1024;

/**
 * Looks for a text beyond what is shown, page by page and never holding more
 * than one of them. Upper and lower case are the same.
 *
 * @param read - reads a page
 * @param from - byte offset at which the search begins
 * @returns a byte offset at or shortly before the line with the text, or
 * `undefined`
 * @throws what `read` throws, also when it is aborted
 */
export async function searchLog(options: {
  read: (offset: number, limit: number) => Promise<LogPage>;
  text: string;
  /** The same as it may be written, such as escaped in JSON. */
  orText?: string;
  from: number;
  /** Told how far it got, in bytes. */
  onProgress?: (offset: number) => void;
}): Promise<{ offset: number } | undefined> {
  const { read, text, from, onProgress } = options;
  const wanted = [text, options.orText ?? text].map(each =>
    each.toLocaleLowerCase(),
  );
  const longest = Math.max(...wanted.map(each => each.length));
  let offset = from;
  let rest = '';
  for (;;) {
    const page = await read(offset, STEP);
    // A match may begin in the page before; its end stands in front.
    const raw = rest + page.text;
    const plain = plainText(raw).toLocaleLowerCase();
    const places = wanted.map(each => plain.indexOf(each));
    const at = Math.min(...places.filter(place => place >= 0), plain.length);
    if (at < plain.length) {
      const line = lineStart(raw, plainText(raw).slice(0, at));
      return {
        offset:
          line < rest.length
            ? Math.max(0, page.offset - byteLength(rest))
            : page.offset + byteLength(raw.slice(rest.length, line)),
      };
    }
    onProgress?.(page.nextOffset);
    if (page.nextOffset <= page.offset || page.nextOffset >= page.size) {
      return undefined;
    }
    rest = page.text.slice(-longest);
    offset = page.nextOffset;
  }
}

/** Where in a text the line begins that so many line feeds come before. */
function lineStart(raw: string, before: string): number {
  let start = 0;
  for (const char of before) {
    if (char === '\n') start = raw.indexOf('\n', start) + 1;
  }
  return start;
}

/**
 * Bytes of a text in the log, at least: a replacement character stands for one
 * byte that was no UTF-8, so that the answer is never behind the match.
 */
function byteLength(text: string): number {
  return new TextEncoder().encode(text.replace(/\ufffd/g, '?')).length;
}
