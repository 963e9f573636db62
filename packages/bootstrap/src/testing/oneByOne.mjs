/**
 * A queue of work: each begins when the one before it has ended, well or not.
 *
 * @returns `(work) => Promise` of how that work ends; one that nobody looks at
 * may fail, and is no accident
 */
export function oneByOne() {
  let last = Promise.resolve();
  return work => {
    const done = last.then(() => work());
    last = done.catch(() => undefined);
    return done;
  };
}
