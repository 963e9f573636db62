import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until the answer is truthy.
 *
 * @param what - says in the error what never came
 * @param options.timeoutMs - default three minutes
 * @param options.describe - adds the last state to the error
 * @returns the first truthy answer
 * @throws when there is none in time; what `condition` throws goes through
 */
export async function until(
  what,
  condition,
  { timeoutMs = 180_000, everyMs = 200, describe } = {},
) {
  const began = Date.now();
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() - began > timeoutMs)
      throw new Error(
        `Not within ${timeoutMs / 1000} s: ${what}${
          describe ? `. Last: ${await described(describe)}` : ''
        }`,
      );
    await pause(everyMs);
  }
}

/** Who cannot be asked must not hide what never came. */
async function described(describe) {
  try {
    return await describe();
  } catch (error) {
    return `it could not be asked (${error})`;
  }
}
