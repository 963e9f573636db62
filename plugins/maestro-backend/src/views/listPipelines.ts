import {
  formatProblem,
  type ApiProblem,
  type PipelineSummary,
} from '@maestro/plugin-maestro-common';
import {
  bool,
  json,
  num,
  optionalNum,
  optionalText,
} from '../database/conversion';
import type { PipelineProblemRow, PipelineRow } from '../database/tables';
import {
  deadlineOf,
  durationOf,
  medianDuration,
  readRecentRuns,
  toRunDot,
  type RecentRunRow,
} from './recentRuns';
import { slaStateOf } from './slaState';
import type { VersionFacts } from './VersionFactsCache';
import type { ViewContext } from './ViewContext';
import { countApprovals } from './waits';

/** Dots of a row. */
const LAST_RUNS = 14;

/**
 * Pipelines with all that the list shows, by name. Four queries however many
 * pipelines there are: pipelines, last runs, live counts, problems (and once
 * in a lifetime of the process the definitions of new versions).
 */
export async function listPipelines(
  ctx: ViewContext,
  options: { name?: string } = {},
): Promise<PipelineSummary[]> {
  const { db } = ctx;
  const query = db.table(db.knex, 'pipelines').select();
  if (options.name !== undefined) query.where({ name: options.name });
  const pipelines = (await query) as PipelineRow[];
  if (pipelines.length === 0) return [];
  // By code unit, not by the collation of the database: the same on both.
  pipelines.sort((a, b) => (a.name < b.name ? -1 : 1));

  const one = options.name === undefined ? undefined : num(pipelines[0].id);
  const now = await db.now();
  // Side by side: on PostgreSQL each waits for its own round trip only.
  const [recent, live, approvals, problems, versions] = await Promise.all([
    readRecentRuns(db, {
      pipelineIds: one === undefined ? undefined : [one],
      limit: LAST_RUNS,
    }),
    countLiveRuns(ctx, one),
    countApprovals(db),
    readProblems(ctx, one === undefined ? undefined : pipelines[0].entity_ref),
    ctx.versions.read(
      pipelines
        .map(row => optionalNum(row.current_version_id))
        .filter(id => id !== undefined),
    ),
  ]);
  return pipelines.map(row => {
    const id = num(row.id);
    const versionId = optionalNum(row.current_version_id);
    const facts = versionId === undefined ? undefined : versions.get(versionId);
    const stopped = bool(row.paused) || row.removed_at !== null;
    return summary(row, {
      now,
      facts,
      nextDueAt:
        stopped || versionId === undefined || !facts
          ? undefined
          : ctx.versions.nextDueAt(versionId, facts, now),
      recent: recent.get(id) ?? [],
      activeRuns: live.get(id) ?? 0,
      approvals: approvals.get(id),
      problem: problemWords(problems.get(row.entity_ref)),
    });
  });
}

function summary(
  row: PipelineRow,
  read: {
    now: number;
    facts: VersionFacts | undefined;
    nextDueAt: number | undefined;
    recent: RecentRunRow[];
    activeRuns: number;
    approvals: number | undefined;
    problem: string | undefined;
  },
): PipelineSummary {
  const { facts, recent, now } = read;
  const medianMs = medianDuration(recent);
  const states = recent.map(run => slaStateOf(run, { now, medianMs }));
  // The newest run that is held to a deadline says how the pipeline stands.
  const judged = states.findIndex(state => state !== 'none');
  return {
    name: row.name,
    entityRef: row.entity_ref,
    ownerRef: row.owner_ref,
    type: row.type,
    title: optionalText(row.title),
    description: optionalText(row.description),
    tags: json(row.tags),
    paused: bool(row.paused),
    pausedAt: optionalNum(row.paused_at),
    pausedBy: optionalText(row.paused_by),
    removed: row.removed_at !== null,
    scheduleText: facts?.scheduleText,
    timezone: facts?.timezone,
    nextDueAt: read.nextDueAt,
    versionNumber: facts?.number,
    taskCount: facts?.taskIds.length ?? 0,
    activeRuns: read.activeRuns,
    approvals: read.approvals,
    // A run by hand, the API or a webhook is held to no deadline.
    slaMs: facts && facts.schedules.length > 0 ? facts.slaMs : undefined,
    slaState: judged < 0 ? 'none' : states[judged],
    slaDeadline: judged < 0 ? undefined : deadlineOf(recent[judged]),
    lastDurationMs: recent.map(durationOf).find(ms => ms !== undefined),
    lastRuns: recent.map((run, i) => toRunDot(run, states[i])),
    problem: read.problem,
  };
}

/** The first problem with its place in the file, and how many there are. */
function problemWords(
  problems: readonly ApiProblem[] = [],
): string | undefined {
  if (problems.length === 0) return undefined;
  const [{ line, path, message, expected }, ...others] = problems;
  return [
    line === undefined ? '' : `line ${line}: `,
    formatProblem({ path, message, expected }),
    others.length === 0 ? '' : `, and ${others.length} more`,
  ].join('');
}

async function countLiveRuns(
  { db }: ViewContext,
  pipelineId: number | undefined,
): Promise<Map<number, number>> {
  const query = db
    .table(db.knex, 'runs')
    // As the partial index says it, so that it is used.
    .whereRaw("state in ('queued', 'running')")
    .groupBy('pipeline_id')
    .select('pipeline_id')
    .count({ count: '*' });
  if (pipelineId !== undefined) query.where({ pipeline_id: pipelineId });
  const rows = (await query) as unknown as {
    pipeline_id: number | string;
    count: number | string;
  }[];
  return new Map(rows.map(row => [num(row.pipeline_id), num(row.count)]));
}

async function readProblems(
  { db }: ViewContext,
  entityRef: string | undefined,
): Promise<Map<string, ApiProblem[]>> {
  const query = db.table(db.knex, 'pipeline_problems').select();
  if (entityRef !== undefined) query.where({ entity_ref: entityRef });
  const rows = (await query) as PipelineProblemRow[];
  return new Map(rows.map(row => [row.entity_ref, json(row.problems)]));
}
