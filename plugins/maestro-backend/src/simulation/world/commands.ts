import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { AssetCommands } from '../../assets/AssetCommands';
import { num } from '../../database/conversion';
import type { Command } from '../history/History';
import type { Engine } from '../../engine/Engine';
import { START } from '../settings';
import { UsageIndex } from '../../connections/usage';
import { PoolStore } from '../../pools/PoolStore';
import { storeVersion } from '../setUp';
import type { Simulation } from '../Simulation';
import type { Host } from './Host';
import { readDefinition } from '../../pipelines/storedDefinition';

/** Answers that people may get for a request at a bad moment. */
const ANSWERS = new Set(['ConflictError', 'NotFoundError', 'InputError']);

/**
 * Does what people and programs do, through the process of a host. A request
 * may fail with an answer, or because of a fault; never by a defect.
 */
export async function runCommand(
  simulation: Simulation,
  command: Command,
): Promise<void> {
  const host = simulation.upHost(command.host);
  if (!host) return;
  const { process } = host;
  simulation.trace(`COMMAND ${JSON.stringify(command)}`);
  try {
    await doCommand(simulation, host, command);
    simulation.report.took(`command ${command.do}`);
  } catch (error) {
    // Its connections are closed while it is still on its way.
    if (!process!.isOpen() || (error as Error).message === 'aborted') return;
    const { name, code, message } = error as Error & { code?: string };
    if (ANSWERS.has(name)) {
      simulation.report.took(`command refused: ${name}`);
      return;
    }
    if (code === '08006' || code === '40001' || code === '40P01') return;
    simulation.report.violate(
      'the engine meets no programming error',
      `${command.do}: ${name}: ${message}`,
    );
  }
}

async function doCommand(
  simulation: Simulation,
  host: Host,
  command: Command,
): Promise<void> {
  const engine = host.engine!;
  const { db } = engine.ctx;
  const actor = 'user:default/simulated';
  switch (command.do) {
    case 'trigger':
      await engine.commands.triggerRun({
        pipeline: command.pipeline,
        trigger: 'manual',
        params: command.params ?? {},
        runKey: command.runKey,
        partitionKey: command.partitionKey,
        noCache: command.noCache,
        sla: command.sla,
        actor,
      });
      return;
    case 'cancel': {
      const run = await runOf(simulation, command.run);
      if (run) {
        const { force } = command;
        await engine.commands.cancelRun(run.run_id, actor, { force });
      }
      return;
    }
    case 'clear': {
      const run = await runOf(simulation, command.run);
      if (!run) return;
      const { tasks, groups } = await definitionOf(
        simulation,
        num(run.version_id),
      );
      const options = {
        ...(instanceOf(tasks, command.index) ??
          groupOf(groups, command.group) ?? {
            taskIds:
              command.task === undefined
                ? undefined
                : [tasks[command.task % tasks.length].id],
          }),
        downstream: command.downstream,
        upstream: false,
        onlyFailed: command.onlyFailed,
        fromFailed: command.fromFailed,
        dryRun: false,
      };
      const { future = false, past = false } = command;
      await (future || past
        ? engine.commands.clearRange(
            run.run_id,
            { ...options, future, past },
            actor,
          )
        : engine.commands.clearTasks(run.run_id, options, actor));
      if (future || past) simulation.report.took('clear over several runs');
      if (command.fromFailed) simulation.report.took('re-run from failed');
      return;
    }
    case 'mark': {
      const run = await runOf(simulation, command.run);
      if (!run) return;
      const { tasks } = await definitionOf(simulation, num(run.version_id));
      await engine.commands.markTasks(
        run.run_id,
        {
          ...(instanceOf(tasks, command.index) ?? {
            taskIds: command.tasks.flatMap(no => tasks[no]?.id ?? []),
          }),
          state: command.state,
          dryRun: false,
        },
        actor,
      );
      return;
    }
    case 'note': {
      const run = await runOf(simulation, command.run);
      if (run) await engine.commands.setRunNote(run.run_id, 'seen', actor);
      return;
    }
    case 'emit':
      await new AssetCommands({
        db,
        isKnown: async () => true,
        onEvent: () => engine.pokeTimers(),
      }).emit({
        asset: command.asset,
        eventKey: command.eventKey,
        partitionKey: command.partitionKey,
        actor,
      });
      return;
    case 'pause':
    case 'unpause':
      await engine.commands.setPaused(
        command.pipeline,
        command.do === 'pause',
        actor,
      );
      return;
    case 'register':
      await storeVersion(db, {
        name: command.pipeline,
        spec: command.spec,
        timetable: simulation.history.pipelines.find(
          ({ name }) => name === command.pipeline,
        )?.timetable,
      });
      engine.pokeTimers();
      return;
    case 'resize_pool':
      await new PoolStore({
        db,
        usage: new UsageIndex(db),
        onRoom: () => engine.claimSoon(),
      }).set(command.pool, { slots: command.slots });
      return;
    case 'backfill':
      await engine.backfills.create(
        {
          pipeline: command.pipeline,
          schedule: command.schedule,
          from: START + command.fromMs,
          to: START + command.toMs,
          only: command.only,
          order: command.order,
          maxActive: command.maxActive,
          params: {},
        },
        actor,
      );
      return;
    case 'backfill_state': {
      const backfills = await simulation.store.rows('backfills');
      const found = [...backfills].sort((a, b) => num(a.id) - num(b.id))[
        command.backfill
      ];
      if (!found) return;
      const change = {
        running: 'unpause',
        paused: 'pause',
        cancelled: 'cancel',
      } as const;
      await engine.backfills[change[command.state]](found.backfill_id, actor);
      return;
    }
    case 'decide':
      await decide(simulation, engine, command);
      return;
    case 'restart':
      await host.stop();
      await host.boot();
      return;
    default:
      throw new Error(`Unknown command ${JSON.stringify(command)}`);
  }
}

/** An instance of the first mapped task. */
function instanceOf(
  tasks: PipelineDefinition['tasks'],
  index: number | undefined,
): { taskIds: string[]; mapIndices: number[] } | undefined {
  const mapped = tasks.find(task => task.map);
  return mapped && index !== undefined
    ? { taskIds: [mapped.id], mapIndices: [index] }
    : undefined;
}

async function decide(
  simulation: Simulation,
  engine: Engine,
  { wait: no, decision, twice }: Extract<Command, { do: 'decide' }>,
): Promise<void> {
  const { store } = simulation;
  const waits = (await store.rows('waits')).filter(
    wait => wait.kind === 'approval',
  );
  if (waits.length === 0) return;
  const wait = waits[no % waits.length];
  const runs = await store.rows('runs');
  const run = runs.find(row => num(row.id) === num(wait.run_id))!;
  const { tasks } = await definitionOf(simulation, num(run.version_id));
  const say = (who: string) =>
    engine.commands.decideApproval(
      {
        runId: run.run_id,
        taskId: tasks[wait.task_no].id,
        mapIndex: wait.map_index < 0 ? undefined : wait.map_index,
      },
      { decision, input: {} },
      { actor: `user:default/${who}`, ownership: [] },
    );
  const said = await Promise.allSettled([
    say('ada'),
    ...(twice ? [say('bob')] : []),
  ]);
  const failure = said.find(each => each.status === 'rejected');
  if (failure) throw (failure as PromiseRejectedResult).reason;
}

/** The first group of a pipeline that has some. */
function groupOf(groups: PipelineDefinition['groups'], isWanted?: boolean) {
  return isWanted && groups?.length ? { groupIds: [groups[0].id] } : undefined;
}

async function runOf(simulation: Simulation, no: number) {
  const runs = await simulation.store.rows('runs');
  if (runs.length === 0) return undefined;
  const sorted = [...runs].sort((a, b) => num(a.id) - num(b.id));
  return sorted[no % sorted.length];
}

async function definitionOf(
  simulation: Simulation,
  versionId: number,
): Promise<PipelineDefinition> {
  const versions = await simulation.store.rows('pipeline_versions');
  const row = versions.find(version => num(version.id) === versionId)!;
  return readDefinition(row.definition);
}
