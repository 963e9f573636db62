import { ClockWatch } from './ClockWatch';

/** Both clocks, read as [steady, database] in seconds. */
const watchOver = async (readings: Array<[number, number]>) => {
  let elapsed = readings[0][0] * 1000;
  const watch = new ClockWatch(() => elapsed);
  for (const [steady, database] of readings) {
    elapsed = steady * 1000;
    await watch.read(async () => database * 1000);
  }
  return watch;
};

describe('whether the clock of the database can be trusted', () => {
  it.each`
    what                           | readings                               | even
    ${'goes evenly'}               | ${[[0, 100], [5, 105], [12, 112]]}     | ${true}
    ${'goes a little slower'}      | ${[[0, 100], [5, 104.5], [12, 111.1]]} | ${true}
    ${'jumped ahead'}              | ${[[0, 100], [5, 195], [12, 202]]}     | ${false}
    ${'went back'}                 | ${[[0, 100], [5, 15], [12, 22]]}       | ${false}
    ${'jumped long ago'}           | ${[[0, 100], [5, 195], [16, 206]]}     | ${true}
    ${'was not known for so long'} | ${[[0, 100], [9, 109]]}                | ${false}
  `('one that $what: $even', async ({ readings, even }) => {
    expect((await watchOver(readings)).isEvenFor(10_000)).toBe(even);
  });

  it('takes no slow answer for a jump', async () => {
    let elapsed = 0;
    const watch = new ClockWatch(() => elapsed);
    await watch.read(async () => 100_000);
    elapsed = 15_000;
    await watch.read(async () => {
      elapsed += 8_000;
      return 116_000;
    });
    expect(watch.isEvenFor(10_000)).toBe(true);
    await watch.read(async () => 123_000);
    expect(watch.isEvenFor(10_000)).toBe(true);
  });
});
