/**
 * `values[start:stop:step]` as Python takes it: negative places count from the
 * end, what is out of range is no error.
 *
 * @param step - not 0; default 1
 */
export function pythonSlice<T>(
  values: readonly T[],
  options: { start?: number; stop?: number; step?: number },
): T[] {
  const { length } = values;
  const step = options.step ?? 1;
  const isForward = step > 0;
  const place = (given: number | undefined, otherwise: number) => {
    if (given === undefined) return otherwise;
    const at = given < 0 ? given + length : given;
    const [least, most] = isForward ? [0, length] : [-1, length - 1];
    return Math.min(Math.max(at, least), most);
  };
  const start = place(options.start, isForward ? 0 : length - 1);
  const stop = place(options.stop, isForward ? length : -1);
  const found: T[] = [];
  for (let at = start; isForward ? at < stop : at > stop; at += step) {
    found.push(values[at]);
  }
  return found;
}
