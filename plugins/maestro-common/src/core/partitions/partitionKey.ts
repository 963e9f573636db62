/** Longest key of a partition, in characters. @public */
export const MAX_PARTITION_KEY = 250;

/**
 * What is wrong with a key, whichever pipeline it is for; undefined for one that
 * is good.
 *
 * @public
 */
export function partitionKeyProblem(key: string): string | undefined {
  if (key.trim() === '') {
    return 'The key of a partition must not be empty';
  }
  // As Airflow counts them: not by units of UTF-16.
  const { length } = [...key];
  if (length > MAX_PARTITION_KEY) {
    return `The key of a partition has at most ${MAX_PARTITION_KEY} characters, not ${length}`;
  }
  // PostgreSQL stores none in a text.
  return key.includes('\0')
    ? 'The key of a partition cannot hold the character NUL'
    : undefined;
}
