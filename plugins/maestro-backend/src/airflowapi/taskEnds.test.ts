import { eachDatabase } from '../database/testing';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('ends a sensor that wants to look again when its run is cancelled', async () => {
    const {
      attempt,
      settled,
      db,
      system: s,
      runId,
    } = await setUp([
      { id: 'sensor', produces: [{ asset: 'made', on: 'success' }] },
    ]);
    const sensor = await attempt('sensor');
    expect(
      (
        await sensor.state('up_for_reschedule', {
          reschedule_date: '2999-01-01T00:00:00Z',
        })
      ).status,
    ).toBe(204);
    await s.engine.commands.cancelRun(runId, 'user:default/test');
    sensor.ends();
    await settled('failed');
    const [row] = await db.table(db.knex, 'attempts');
    expect(row).toMatchObject({ result: 'failed', failure: 'cancelled' });
    expect(row.follow_up).not.toContain('"reschedule"');
    expect(await db.table(db.knex, 'asset_events')).toEqual([]);
  });

  it('starts nothing again that wants no retry, though its host was lost', async () => {
    const { attempt, settled, db } = await setUp([{ id: 'a', retries: 3 }]);
    const a = await attempt('a');
    await a.state('failed');
    a.isLost();
    await settled('failed');
    expect(await db.table(db.knex, 'attempts')).toHaveLength(1);
  });
});
