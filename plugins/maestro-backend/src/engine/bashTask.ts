import { BASH_CWD, type TaskDefinition } from '@maestro/plugin-maestro-common';
import { optionalNum } from '../database/conversion';
import { MASK } from './maskText';
import { maskValue } from './maskValue';
import { hasNoLogicalDate } from './partitionOf';
import type { RunDraft } from './RunDraft';

/** Longest field of an operator that is kept for people, in characters. */
const MAX_SHOWN = 4_096;

/**
 * What Airflow tells every command of a BashOperator in its environment; empty
 * for other tasks.
 */
export function bashContext(
  draft: RunDraft,
  slot: number,
  tryNumber: number,
): Record<string, string> {
  const { bash, id } = draft.task(slot);
  const { airflow } = draft.definition;
  if (!bash || !airflow) return {};
  const logicalDate = hasNoLogicalDate(draft.run)
    ? undefined
    : optionalNum(draft.run.logical_date);
  return {
    AIRFLOW_CTX_DAG_OWNER: bash.owner,
    AIRFLOW_CTX_DAG_ID: airflow.dagId,
    AIRFLOW_CTX_TASK_ID: id,
    ...(logicalDate === undefined
      ? {}
      : { AIRFLOW_CTX_LOGICAL_DATE: pythonInstant(logicalDate) }),
    AIRFLOW_CTX_TRY_NUMBER: String(tryNumber),
    AIRFLOW_CTX_DAG_RUN_ID: draft.run.run_key,
  };
}

/** As `isoformat()` of Python has it, with microseconds where there are some. */
function pythonInstant(at: number): string {
  const [seconds, rest] = new Date(at).toISOString().slice(0, -1).split('.');
  return `${seconds}${rest === '000' ? '' : `.${rest}000`}+00:00`;
}

/**
 * The fields of a BashOperator that has no templates, as people see those that
 * were rendered.
 */
export function plainFields(
  { bash, airflow, command = [], env = {} }: TaskDefinition,
  secrets: readonly string[],
): { rendered?: Record<string, unknown> } {
  if (!bash || airflow?.templates) return {};
  const { [BASH_CWD]: cwd = null, ...own } = env;
  const fields = {
    bash_command: command[command.length - 1] ?? '',
    env: Object.keys(own).length > 0 ? withoutHidden(own, airflow) : null,
    cwd,
  };
  return {
    rendered: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        shownField(maskValue(field, secrets)),
      ]),
    ),
  };
}

/** An environment for people: without the values that Airflow hides by name. */
export function withoutHidden(
  env: Record<string, string>,
  airflow: TaskDefinition['airflow'],
): Record<string, string> {
  const hidden = new Set(airflow?.hides);
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      hidden.has(name) ? MASK : value,
    ]),
  );
}

/** As it is, or as the beginning of its text when it is large. */
export function shownField(field: unknown): unknown {
  const text = typeof field === 'string' ? field : JSON.stringify(field) ?? '';
  return text.length <= MAX_SHOWN ? field : `${text.slice(0, MAX_SHOWN)}…`;
}
