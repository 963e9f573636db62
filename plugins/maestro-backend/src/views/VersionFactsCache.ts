import {
  type Grid,
  describeSchedule,
  groupMembers,
  nextLaunch,
  type PipelineDefinition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { readShownDefinition } from '../pipelines/storedDefinition';

/** What lists need of a version; a definition itself may be megabytes. */
export interface VersionFacts {
  number: number;
  /** Of the pipeline. */
  name: string;
  /** By task number. */
  taskIds: readonly string[];
  /** An outer one before those in it; absent without groups. */
  groups?: NonNullable<Grid['groups']>;
  schedules: readonly ScheduleDefinition[];
  /** The schedules in words, undefined without one. */
  scheduleText?: string;
  /** Of the first schedule. */
  timezone?: string;
  slaMs?: number;
  maxActiveRuns: number;
  maxActiveTasks?: number;
  /** Whether any of its tasks names a pool. */
  usesPools: boolean;
  /**
   * Assets that its tasks produce; on success without `alert`. Aliases through
   * which they may give events are among them.
   */
  produces: ReadonlyArray<{ asset: string; taskId: string; alert?: string }>;
  /** Assets that its tasks wait for. */
  waitsFor: ReadonlyArray<{ asset: string; taskId: string }>;
}

interface Entry {
  facts: VersionFacts;
  /** A next due time holds from when it was computed until it passes. */
  due?: { from: number; at: number | undefined };
}

/**
 * Facts of versions. A version never changes, so what was read once is right
 * for ever; only the number of entries is bounded.
 */
export class VersionFactsCache {
  private readonly entries = new Map<number, Entry>();

  constructor(
    private readonly db: MaestroDatabase,
    private readonly capacity = 20_000,
  ) {}

  /** Facts by version id; ids that do not exist are absent. */
  async read(versionIds: Iterable<number>): Promise<Map<number, VersionFacts>> {
    const result = new Map<number, VersionFacts>();
    const missing: number[] = [];
    for (const id of new Set(versionIds)) {
      const entry = this.entries.get(id);
      if (!entry) {
        missing.push(id);
        continue;
      }
      // Again at the end: the first ones are those not used for longest.
      this.entries.delete(id);
      this.entries.set(id, entry);
      result.set(id, entry.facts);
    }
    // Few at a time: SQLite is synchronous, and definitions may be large.
    for (let i = 0; i < missing.length; i += 50) {
      const rows = await this.db
        .table(this.db.knex, 'pipeline_versions')
        .whereIn('id', missing.slice(i, i + 50))
        .select('id', 'number', 'definition');
      for (const row of rows) {
        const facts = factsOf(row.number, readShownDefinition(row.definition));
        this.keep(num(row.id), { facts });
        result.set(num(row.id), facts);
      }
    }
    return result;
  }

  /** When the next run of a version starts after `now`, by its schedules. */
  nextDueAt(
    versionId: number,
    facts: VersionFacts,
    now: number,
  ): number | undefined {
    const entry = this.entries.get(versionId);
    const known = entry?.due;
    if (known && known.from <= now && now < (known.at ?? Infinity)) {
      return known.at;
    }
    const times = facts.schedules
      .map(schedule => nextLaunch(facts.name, schedule, now)?.at)
      .filter(at => at !== undefined);
    const at = times.length > 0 ? Math.min(...times) : undefined;
    if (entry) entry.due = { from: now, at };
    return at;
  }

  private keep(id: number, entry: Entry) {
    this.entries.set(id, entry);
    if (this.entries.size > this.capacity) {
      this.entries.delete(this.entries.keys().next().value!);
    }
  }
}

function factsOf(number: number, definition: PipelineDefinition): VersionFacts {
  const { schedules, tasks, slaMs, maxActiveRuns, maxActiveTasks } = definition;
  return {
    number,
    name: definition.name,
    taskIds: tasks.map(task => task.id),
    groups: groupsOf(definition),
    schedules,
    scheduleText:
      schedules.length > 0
        ? schedules.map(describeSchedule).join('; ')
        : undefined,
    timezone: schedules[0]?.timezone,
    slaMs,
    maxActiveRuns,
    maxActiveTasks,
    usesPools: tasks.some(task => task.pool !== undefined),
    produces: tasks.flatMap(({ id, produces = [] }) =>
      produces.map(({ asset, on }) => ({
        asset,
        taskId: id,
        alert: typeof on === 'string' ? undefined : on.alert,
      })),
    ),
    waitsFor: tasks.flatMap(({ id, wait }) =>
      wait?.asset ? [{ asset: wait.asset.name, taskId: id }] : [],
    ),
  };
}

function groupsOf(definition: PipelineDefinition): VersionFacts['groups'] {
  const { groups, tasks } = definition;
  const depth = (no: number): number => {
    const { parent } = groups![no];
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  return groups
    ?.slice()
    .sort((a, b) => depth(a.no) - depth(b.no) || a.no - b.no)
    .map(({ no, id, title, parent }) => ({
      id,
      title,
      parent: parent === undefined ? undefined : groups[parent].id,
      taskIds: [...groupMembers(definition, no)]
        .sort((a, b) => a - b)
        .map(task => tasks[task].id),
    }));
}
