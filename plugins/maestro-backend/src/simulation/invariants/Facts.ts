import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type {
  AssetEventRow,
  AssetOutcomeRow,
  AttemptRow,
  BackfillMemberRow,
  BackfillRow,
  EventRow,
  OutputRow,
  PipelineRow,
  RunAssetEventRow,
  RunRow,
  TaskInstanceRow,
  TickRow,
  TimerRow,
  WaitRow,
} from '../../database/tables';
import type { SimulatedStore } from '../stores';
import { readDefinition } from '../../pipelines/storedDefinition';

/** All that a store holds at the end of a history. */
export interface Facts {
  pipelines: PipelineRow[];
  runs: RunRow[];
  tasks: TaskInstanceRow[];
  attempts: AttemptRow[];
  events: EventRow[];
  outputs: OutputRow[];
  ticks: TickRow[];
  timers: TimerRow[];
  backfills: BackfillRow[];
  members: BackfillMemberRow[];
  waits: WaitRow[];
  assetEvents: AssetEventRow[];
  assetOutcomes: AssetOutcomeRow[];
  runAssetEvents: RunAssetEventRow[];
  definitionOf(versionId: number): PipelineDefinition;
}

/** Reads everything, in the order of ids. */
export async function readFacts(store: SimulatedStore): Promise<Facts> {
  const versions = await store.rows('pipeline_versions');
  const definitions = new Map(
    versions.map(version => [
      num(version.id),
      readDefinition(version.definition),
    ]),
  );
  const byId = <T extends { id: number | string }>(rows: T[]) =>
    [...rows].sort((a, b) => num(a.id) - num(b.id));
  return {
    pipelines: byId(await store.rows('pipelines')),
    runs: byId(await store.rows('runs')),
    tasks: await store.rows('task_instances'),
    attempts: byId(await store.rows('attempts')),
    events: byId(await store.rows('events')),
    outputs: await store.rows('outputs'),
    ticks: [...(await store.rows('ticks'))].sort(
      (a, b) => num(a.due_at) - num(b.due_at),
    ),
    timers: byId(await store.rows('timers')),
    backfills: byId(await store.rows('backfills')),
    members: await store.rows('backfill_members'),
    waits: await store.rows('waits'),
    assetEvents: byId(await store.rows('asset_events')),
    assetOutcomes: await store.rows('asset_outcomes'),
    runAssetEvents: await store.rows('run_asset_events'),
    definitionOf: id => definitions.get(id)!,
  };
}
