import {
  type AssetPartitions,
  compilePipeline,
  type PipelineDefinition,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { storePipeline } from '../database/operations/pipelines/storePipeline';
import { armSchedules } from '../scheduling/ticks';
import { OUTSIDE_ASSET, PARTITIONED } from './history/generatePipeline';
import type { PipelinePlan } from './history/History';
import { withTimetable } from './history/timetables';
import type { Simulation } from './Simulation';
import type { StoreDoor } from './store/StoreDoor';

/** A door without any obstacle, for what is there before the story begins. */
const OPEN_DOOR: StoreDoor = {
  owner: 'setup',
  isOpen: () => true,
  pass: async (_kind, _label, action) => action(),
};

/** Stores pools and pipelines. */
export async function setUp(simulation: Simulation): Promise<void> {
  const { history, store } = simulation;
  const db = await store.connect(OPEN_DOOR, () => simulation.databaseNow());
  await db.transaction(async tx => {
    for (const { name, slots } of history.pools) {
      await db.table(tx, 'pools').insert({
        name,
        slots,
        description: null,
        updated_at: await db.now(tx),
      });
    }
  });
  for (const plan of history.pipelines) await storeVersion(db, plan);
  await db.close();
}

/** Some keys of what is told by hand are refused, and others become one. */
const PARTITIONS: AssetPartitions = {
  mapper: { map: 'identity' },
  mappers: {
    [OUTSIDE_ASSET]: { map: 'allowed', keys: ['us', '00:01:00'] },
    made_by_p1: {
      map: 'rollup',
      of: { map: 'fixed', key: 'us' },
      window: { keys: ['us', 'eu'] },
      least: 1,
    },
    made_by_p0: {
      map: 'time',
      start: 'hour',
      timezone: 'UTC',
      input: '%H:%M:%S',
      output: '%H:00:00',
    },
  },
};

/** What no spec says: only a DAG of Airflow is partitioned. */
function makePartitioned(definition: PipelineDefinition): void {
  for (const schedule of definition.schedules) {
    if (!schedule.id.startsWith(PARTITIONED)) continue;
    definition.partitioned = true;
    // As the compiler: partitions by time are those of cron expressions.
    if (schedule.cron !== undefined) {
      schedule.partition = { offset: -1, format: '%H:%M:%S' };
    }
    if (schedule.assets) schedule.assets.partitions = PARTITIONS;
  }
}

/** Makes a spec the current version of its pipeline, as the registry does. */
export async function storeVersion(
  db: MaestroDatabase,
  { name, spec, timetable }: Omit<PipelinePlan, 'acts'>,
): Promise<void> {
  const definition = compilePipeline({
    metadata: { name },
    spec: { type: 'simulated', owner: 'group:default/simulation', ...spec },
  });
  definition.schedules = definition.schedules.map(schedule =>
    withTimetable(schedule, timetable),
  );
  for (const task of definition.tasks) {
    // What the generator writes into the environment, for the world to see too.
    const callback = task.env?.CALLBACK as TaskDefinition['callback'];
    if (callback) task.callback = callback;
    if (!task.env?.SPEAKS) continue;
    task.airflow = { operator: 'Simulated' };
    definition.airflow = {
      dagId: name,
      source: 'simulated',
      file: 'simulated.py',
      environment: 'default',
    };
  }
  makePartitioned(definition);
  await db.transaction(async tx => {
    const { changed, pipelineId } = await storePipeline(
      db,
      tx,
      {
        definition,
        entityRef: `pipeline:default/${name}`,
        ownerRef: definition.owner,
        hash: JSON.stringify(definition),
        files: [],
      },
      await db.now(tx),
    );
    if (changed) await armSchedules({ db }, tx, pipelineId, definition);
  });
}
