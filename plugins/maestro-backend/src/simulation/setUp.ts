import {
  compilePipeline,
  hasDueTimes,
  type PipelineDefinition,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { storePipeline } from '../database/operations/pipelines/storePipeline';
import { armSchedules } from '../scheduling/ticks';
import { PARTITIONED } from './history/generatePipeline';
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

/** What no spec says: only a DAG of Airflow is partitioned. */
function makePartitioned(definition: PipelineDefinition): void {
  for (const schedule of definition.schedules) {
    if (!schedule.id.startsWith(PARTITIONED)) continue;
    definition.partitioned = true;
    if (hasDueTimes(schedule)) {
      schedule.partition = { offset: -1, format: '%H:%M:%S' };
    }
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
