import {
  branchDecision,
  evaluateCondition,
  expressionReferences,
  mappedGroupOf,
  type PipelineDefinition,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { isStoreError } from '../database/isStoreError';
import { expressionContext } from './expressionContext';
import type { RunDraft } from './RunDraft';

/**
 * Decides the branches that are ready: they need no process, so they end in
 * the transaction in which they become ready.
 *
 * @returns the tasks that were not followed
 */
export async function decideBranches(
  draft: RunDraft,
  changed: readonly number[],
): Promise<Set<number>> {
  const skipped = new Set<number>();
  for (const no of changed) {
    const task = draft.task(no);
    if (!task.branch || draft.states[no] !== 'scheduled') continue;
    const attemptLess = {
      try_number: 1,
      started_at: draft.now,
      ended_at: draft.now,
    };
    const expression = task.branch.if;
    try {
      const { context, used } = await expressionContext(
        draft,
        [expressionReferences(expression)],
        task.finally,
      );
      const followed = evaluateCondition(expression, context);
      const decision = branchDecision(draft.definition, no, followed);
      decision.skipped.forEach(next => skipped.add(next));
      await storeDecision(draft, task.id, decision);
      draft.addEvent({
        type: 'branch',
        body: {
          task: task.id,
          if: expression,
          result: followed,
          followed: names(draft, decision.followed),
          skipped: names(draft, decision.skipped),
          values: used,
        },
      });
      draft.setTask(no, 'success', {
        ...attemptLess,
        reason: `${expression} is ${followed}`,
      });
    } catch (error) {
      if (isStoreError(error)) throw error;
      draft.setTask(no, 'failed', {
        ...attemptLess,
        reason: `the condition could not be evaluated: ${
          (error as Error).message
        }`,
      });
    }
  }
  return skipped;
}

/** Output under which a branch keeps what it followed. */
export const BRANCH_OUTPUT = 'followed';

function names(draft: RunDraft, nos: number[]): string[] {
  return nos.map(no => draft.task(no).id);
}

async function storeDecision(
  draft: RunDraft,
  taskId: string,
  decision: { followed: number[]; skipped: number[] },
): Promise<void> {
  const value = JSON.stringify(names(draft, decision.followed));
  await draft.ctx.db
    .table(draft.tx, 'outputs')
    .insert({
      run_id: draft.id,
      task_id: taskId,
      map_index: -1,
      key: BRANCH_OUTPUT,
      attempt_id: '',
      value,
      size: value.length,
      created_at: draft.now,
    })
    .onConflict(['run_id', 'task_id', 'map_index', 'key'])
    .merge();
}

/**
 * The tasks that finished branches did not follow: after a clear, a skipped
 * task is skipped again as long as its branch is not cleared too.
 */
export async function branchSkippedTasks(
  draft: RunDraft,
): Promise<Set<number>> {
  const skipped = await airflowSkippedTasks(draft);
  const done = draft.definition.tasks.filter(
    task => task.branch && draft.states[task.no] === 'success',
  );
  if (done.length === 0) return skipped;
  const rows = await draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, key: BRANCH_OUTPUT, map_index: -1 })
    .select('task_id', 'value');
  for (const row of rows) {
    const task = done.find(candidate => candidate.id === row.task_id);
    if (!task || row.value === null) continue;
    const followed = new Set<string>(JSON.parse(row.value));
    for (const next of task.downstream) {
      if (!followed.has(draft.task(next).id)) skipped.add(next);
    }
  }
  return skipped;
}

/** Map indices in one statement; for more all rows are read. */
const MAX_INDICES = 400;

/** XCom under which a branch of Airflow keeps what it did. */
const AIRFLOW_BRANCH_XCOM = 'skipmixin_key';

/** The same for branches of Airflow, which say what they followed or skipped. */
async function airflowSkippedTasks(draft: RunDraft): Promise<Set<number>> {
  const skipped = new Set<number>();
  const { definition } = draft;
  if (!definition.airflow) return skipped;
  const rows = await draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, key: AIRFLOW_BRANCH_XCOM, map_index: -1 })
    .select('task_id', 'value');
  for (const { task_id: id, value } of rows) {
    const task = definition.tasks.find(candidate => candidate.id === id);
    if (!task || value === null || draft.states[task.no] !== 'success')
      continue;
    notFollowed(definition, task, value).forEach(other => skipped.add(other));
  }
  return skipped;
}

/**
 * Tasks of mapped groups that a branch in the group did not follow, by map
 * index. Such a branch skips nothing itself: Airflow looks when a task is to
 * start, and so does this.
 */
export async function skippedInGroups(
  draft: RunDraft,
  /** Map indices that are looked at, by group. */
  looks: ReadonlyArray<ReadonlySet<number> | 'all'>,
): Promise<Map<number, Set<number>>> {
  const found = new Map<number, Set<number>>();
  const { definition } = draft;
  if (!definition.airflow) return found;
  const query = draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, key: AIRFLOW_BRANCH_XCOM })
    .where('map_index', '>=', 0)
    .select('task_id', 'map_index', 'value');
  const indices = new Set<number>();
  for (const some of looks) {
    if (some !== 'all') some.forEach(index => indices.add(index));
  }
  // Of one that ended, one row and not those of all others.
  if (!looks.includes('all') && indices.size <= MAX_INDICES) {
    query.whereIn('map_index', [...indices]);
  }
  for (const { task_id: id, map_index: index, value } of await query) {
    const task = definition.tasks.find(candidate => candidate.id === id);
    const group = task && mappedGroupOf(definition, task.no);
    if (!task || group === undefined || value === null) continue;
    const slot = draft.findSlot(task.no, index);
    if (slot === undefined || draft.states[slot] !== 'success') continue;
    const here = found.get(index) ?? new Set();
    found.set(index, here);
    for (const other of notFollowed(definition, task, value)) {
      if (mappedGroupOf(definition, other) === group) here.add(other);
    }
  }
  return found;
}

/** Numbers of the tasks that a branch of Airflow left out, from its XCom. */
function notFollowed(
  { tasks }: PipelineDefinition,
  branch: TaskDefinition,
  xcom: string,
): number[] {
  const said = JSON.parse(xcom) as {
    followed?: string[];
    skipped?: string[];
  } | null;
  return tasks
    .filter(({ no, id }) => {
      const isNot =
        Array.isArray(said?.followed) &&
        branch.downstream.includes(no) &&
        !said!.followed.includes(id);
      return isNot || said?.skipped?.includes(id);
    })
    .map(({ no }) => no);
}
