async function drain(queue, work) {
  for (let item = queue.shift(); item; item = queue.shift()) await work(item);
}

/**
 * Runs work at most `width` at a time, in order. What is `alone` comes last and
 * one by one, since it measures; what `waits` most of its time runs one by one
 * in a lane of its own, from when the first of the others is out of work: also
 * beside what is alone.
 *
 * @param work - `(item) => Promise`; must not reject
 */
export async function runInParallel(items, width, work) {
  const queue = items.filter(item => !item.alone && !item.waits);
  const lanes = Array.from({ length: width }, () => drain(queue, work));
  const patient = Promise.race(lanes).then(() =>
    drain(
      items.filter(one => one.waits),
      work,
    ),
  );
  await Promise.all(lanes);
  await drain(
    items.filter(one => one.alone),
    work,
  );
  await patient;
}
