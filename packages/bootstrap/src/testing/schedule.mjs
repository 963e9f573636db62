/**
 * Runs work at most `width` at a time, in order; what is `alone` comes last and
 * one by one, since it measures.
 *
 * @param work - `(item) => Promise`; must not reject
 */
export async function runInParallel(items, width, work) {
  const queue = items.filter(item => !item.alone);
  const lane = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
  for (const item of items.filter(one => one.alone)) await work(item);
}
