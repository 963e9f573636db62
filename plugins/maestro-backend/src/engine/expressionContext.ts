import {
  type ExpressionContext,
  type ExpressionReferences,
  mainOutcome,
} from '@maestro/plugin-maestro-common';
import { optionalNum } from '../database/conversion';
import {
  readRunAssetEvents,
  type SeenAssetEvent,
} from '../database/operations/assets/runAssetEvents';
import { cancelledReason } from './cleanUp';
import { hasNoLogicalDate } from './partitionOf';
import { readOutputs } from './readOutputs';
import type { RunDraft } from './RunDraft';

/** What an evaluation saw: kept on the event, so that it can be explained. */
export interface UsedValues {
  [name: string]: unknown;
}

/**
 * The names that some expressions refer to, read in the transaction. Only what
 * is named is read: a run with 10,000 outputs costs a branch one row.
 */
export async function expressionContext(
  draft: RunDraft,
  named: readonly ExpressionReferences[],
  /** Of a task of `finally`, which sees how the others ended. */
  last = false,
  /** Slot of the task or instance that uses them. */
  viewer?: number,
): Promise<{
  context: ExpressionContext;
  /** As it may be shown. */
  used: UsedValues;
  /** Texts in the context that must be shown nowhere. */
  hidden: string[];
}> {
  const { run, ctx, tx } = draft;
  const vars = new Set<string>();
  const connections = new Set<string>();
  const taskIds = new Set<string>();
  for (const references of named) {
    references.vars.forEach(name => vars.add(name));
    references.connections.forEach(name => connections.add(name));
    references.tasks.forEach(({ id }) => taskIds.add(id));
  }
  const outputs = await readOutputs(draft, named, [...taskIds], viewer);
  const { tasks, hidden } = outputs;
  const configured = await ctx.inputs.forExpressions(tx, {
    variables: [...vars],
    connections: [...connections],
  });
  const used: UsedValues = { ...outputs.used };
  for (const [name, value] of Object.entries(configured.vars)) {
    used[`vars.${name}`] = value;
  }

  return {
    context: {
      params: JSON.parse(run.params),
      vars: configured.vars,
      connections: configured.connections,
      tasks,
      run: {
        ...runFacts(draft),
        ...(last ? outcomeFacts(draft) : {}),
        ...(named.some(({ run: fields }) =>
          fields.some(field => field === 'asset_events' || field === '*'),
        )
          ? { asset_events: await assetEvents(draft) }
          : {}),
      },
    },
    used,
    hidden,
  };
}

/** The asset events that started the run, oldest first; none for others. */
export async function assetEvents(draft: RunDraft): Promise<SeenAssetEvent[]> {
  return draft.run.trigger === 'asset'
    ? readRunAssetEvents(draft.ctx.db, draft.tx, draft.id)
    : [];
}

/**
 * `run.*` of expressions, and the environment of tasks; instants are ISO 8601
 * texts in UTC.
 */
export function runFacts(draft: RunDraft): Record<string, string> {
  const { run } = draft;
  const facts: Record<string, string> = {
    id: run.run_id,
    key: run.run_key,
    trigger: run.trigger,
    pipeline: draft.definition.name,
    run_after: isoTime(optionalNum(run.run_after))!,
  };
  if (hasNoLogicalDate(run)) return facts;
  const times = {
    logical_date: run.logical_date,
    data_interval_start: run.data_interval_start,
    data_interval_end: run.data_interval_end,
  };
  for (const [name, value] of Object.entries(times)) {
    const text = isoTime(optionalNum(value));
    if (text) facts[name] = text;
  }
  return facts;
}

/**
 * How the tasks before `finally` ended: `state` (`success`, `failed`), `reason`
 * for people and `failed_tasks`, their ids.
 */
export function outcomeFacts(draft: RunDraft): {
  state: string;
  reason: string;
  failed_tasks: string[];
} {
  const { state, failedTasks } = mainOutcome(draft.definition, draft.states);
  if (draft.run.cancel_requested_at !== null) {
    return {
      state: 'failed',
      reason: cancelledReason(draft),
      failed_tasks: failedTasks,
    };
  }
  const reason =
    failedTasks.length > 0 ? `failed: ${failedTasks.join(', ')}` : '';
  return { state, reason, failed_tasks: failedTasks };
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
