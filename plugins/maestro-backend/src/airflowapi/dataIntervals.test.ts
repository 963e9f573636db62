import type { IntervalDefinition } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import { armSchedules } from '../scheduling/ticks';
import { eachDatabase } from '../database/testing';
import { dagOf, taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it.each<[string, IntervalDefinition, number]>([
    ['none', { lengthMs: 0 }, 0],
    ['a length of its own', { lengthMs: 60_000 }, 60_000],
    ['since the due time before', {}, 500],
  ])(
    'tells a task the interval of its due time: %s',
    async (_what, interval, length) => {
      const { attempt, db, store, system, until } = await setUp([{ id: 'a' }]);
      const definition = {
        ...dagOf([{ id: 'timed' }]),
        name: 'timed',
        schedules: [
          {
            id: 'default',
            everyMs: 500,
            timezone: 'UTC',
            catchup: false,
            interval,
          },
        ],
      };
      const { pipelineId } = await store(definition);
      await db.transaction(tx =>
        armSchedules({ db }, tx, pipelineId, definition),
      );
      system!.engine.pokeTimers();
      const run = await until(() =>
        db.table(db.knex, 'runs').where({ trigger: 'scheduled' }).first(),
      );
      await system!.engine.commands.setPaused('timed', true, 'user:default/me');
      const due = num(run.data_interval_end!);
      expect(run.run_key).toBe(`scheduled__${new Date(due).toISOString()}`);
      expect(num(run.logical_date!)).toBe(due - length);
      const task = await attempt('timed');
      const { body } = await task.call(
        'PATCH',
        `task-instances/${task.id}/run`,
        {},
      );
      expect(body.dag_run).toMatchObject({
        run_id: run.run_key,
        logical_date: new Date(due - length).toISOString(),
        data_interval_start: new Date(due - length).toISOString(),
        data_interval_end: new Date(due).toISOString(),
      });
    },
  );
});
