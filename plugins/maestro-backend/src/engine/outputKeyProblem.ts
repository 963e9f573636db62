/** Longest key of an output; PostgreSQL indexes at most 2.7 KB. */
const MAX_OUTPUT_KEY = 256;

/**
 * Why outputs cannot be stored under their names, as a part of a sentence;
 * undefined when they can.
 */
export function outputKeyProblem(outputs: object): string | undefined {
  const wrong = Object.keys(outputs).find(
    // PostgreSQL cannot store NUL in a text.
    key => key === '' || key.length > MAX_OUTPUT_KEY || key.includes('\0'),
  );
  return wrong === undefined
    ? undefined
    : `the key ${JSON.stringify(
        wrong.slice(0, 100),
      )} cannot be used; give it 1 to ${MAX_OUTPUT_KEY} characters without NUL`;
}
