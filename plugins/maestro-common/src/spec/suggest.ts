/**
 * The name that somebody probably meant, or `undefined`: at most a third of
 * the characters differ, case aside.
 *
 * @internal
 */
export function closestName(
  name: string,
  names: Iterable<string>,
): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 1;
  let looked = 0;
  for (const candidate of names) {
    // A suggestion is not worth comparing with tens of thousands of names.
    if (++looked > 2000) {
      break;
    }
    if (Math.abs(candidate.length - name.length) < least) {
      const distance = editDistance(
        name.toLowerCase(),
        candidate.toLowerCase(),
      );
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
  }
  return best;
}

/** "; did you mean …?" or nothing. @internal */
export function didYouMean(name: string, names: Iterable<string>): string {
  const closest = closestName(name, names);
  return closest === undefined ? '' : `; did you mean "${closest}"?`;
}

// Swapping two neighbours counts as one edit: it is the usual slip.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  let old = row;
  let older = row;
  for (let i = 1; i <= a.length; i++) {
    older = old;
    old = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + change);
      // Before the first letter is none, which equals no other.
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], older[j - 2] + 1);
      }
    }
  }
  return row[b.length];
}
