import { eachDatabase } from './testing';

eachDatabase((_name, databases) => {
  it('lets the rest of the process work while transactions follow each other', async () => {
    const db = await databases.open();
    let timerFired = false;
    setTimeout(() => {
      timerFired = true;
    }, 1);
    const begin = performance.now();
    while (!timerFired && performance.now() - begin < 20_000) {
      await db.transaction(async tx => {
        await db.table(tx, 'pipelines').select('id').first();
      });
    }
    expect(timerFired).toBe(true);
  });
});
