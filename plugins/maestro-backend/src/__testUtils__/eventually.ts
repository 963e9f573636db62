/**
 * @param ms - default 60 s: the machine may be busy
 * @throws when it is not so by then
 */
export async function eventually(
  isSo: () => Promise<boolean> | boolean,
  ms = 60_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not become true in time');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
