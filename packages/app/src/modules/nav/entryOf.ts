/**
 * The entry that a place belongs to: that with the longest address which the
 * place is at or below.
 */
export function entryOf(
  pathname: string,
  hrefs: readonly string[],
): string | undefined {
  const place = pathname.toLocaleLowerCase('en-US');
  return hrefs
    .filter(href => {
      const entry = href.toLocaleLowerCase('en-US').replace(/\/+$/, '');
      return place === entry || place.startsWith(`${entry}/`);
    })
    .sort((a, b) => b.length - a.length)[0];
}
