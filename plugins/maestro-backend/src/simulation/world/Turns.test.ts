import { Turns } from './Turns';

describe.each([
  ['in this process', false],
  ['with something outside', true],
])('turns %s', (_, hasOutside) => {
  it('come when everything has happened that follows by promises alone', async () => {
    const turns = new Turns(hasOutside);
    const happened: number[] = [];
    const goOn = async (times: number) => {
      for (let no = 0; no < times; no++) happened.push(await no);
    };
    for (let round = 1; round <= 200; round++) {
      happened.length = 0;
      // Not awaited: it has to be over when the turn comes.
      const going = goOn(50);
      await turns.next();
      expect(happened).toHaveLength(50);
      await going;
    }
  });

  it('come in the order in which they were asked for', async () => {
    const turns = new Turns(hasOutside);
    const came: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (__, no) => {
        await turns.next();
        came.push(no);
      }),
    );
    expect(came).toEqual(Array.from({ length: 200 }, (__, no) => no));
  });
});

it('a turn lets something outside go first', async () => {
  const turns = new Turns(true);
  let isHeard = false;
  setImmediate(() => {
    isHeard = true;
  });
  await turns.next();
  expect(isHeard).toBe(true);
});
