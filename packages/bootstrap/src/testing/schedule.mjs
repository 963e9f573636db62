/**
 * Runs work at most `width` at a time, in order. What is `alone` comes last and
 * one by one, since it measures. What `waits` most of its time runs one by one in
 * a lane of its own, also beside what is alone: from when its turn in the order
 * comes, so that it is over when the others are, and takes the processor where
 * that would be idle.
 *
 * @param work - `(item) => Promise`; must not reject
 */
export async function runInParallel(items, width, work) {
  const queue = items.filter(item => !item.alone);
  let patient = Promise.resolve();
  const lane = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      const one = item;
      if (one.waits) patient = patient.then(() => work(one));
      else await work(one);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  for (const item of items.filter(one => one.alone)) await work(item);
  await patient;
}
