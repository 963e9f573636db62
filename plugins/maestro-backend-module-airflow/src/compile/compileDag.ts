import type {
  AirflowNote,
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { compileCallbacks } from './compileCallbacks';
import { compileParams } from './compileParams';
import { compileSchedules, isPartitioned } from './compileSchedule';
import { compileGroups, compileTasks, optionalMs } from './compileTasks';
import { type DagProblem, Findings } from './Findings';
import type { LoweringOptions } from './lowering';
import type { DescribedDag } from './serialized';
import { withoutUndefined } from './withoutUndefined';

const DAG_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** What is said of a DAG beside what its file says. */
export interface CompileOptions extends LoweringOptions {
  /** Name of the DAG source. */
  source: string;
  /** Name of the Python environment. */
  environment: string;
  /** Entity reference of who answers for it. */
  ownerOf(facts: { owners: string[]; tags: string[] }): string;
  /** Entity reference of the system that it is part of; default none. */
  system?: string;
  /** What was noticed while its file was read. */
  notes: readonly AirflowNote[];
}

/** A DAG as a pipeline. @public */
export interface CompiledDag {
  dagId: string;
  /** Absent when it cannot be run. */
  definition?: PipelineDefinition;
  /** For people, when it is not the name. */
  title?: string;
  /** Owners of its tasks, as Airflow says them. */
  owners: string[];
  pausedUponCreation: boolean;
  problems: DagProblem[];
}

/**
 * A pipeline from what Airflow's serializer says of a DAG. Pure. What a
 * pipeline cannot say is a problem with its reason (where it is the schedule,
 * there is a definition without); what works otherwise than it is written is a
 * note of the definition.
 */
export function compileDag(
  described: DescribedDag,
  options: CompileOptions,
): CompiledDag {
  const { dag } = described;
  const { dag_id: dagId, relative_fileloc: file } = dag;
  const findings = new Findings({
    file,
    line: described.line ?? undefined,
    dagId,
  });
  if (!DAG_ID.test(dagId)) {
    findings.problem(
      `the DAG id ${JSON.stringify(
        dagId,
      )} is no name that Maestro takes: letters, digits, "_", "-" and ".", at most 200 characters`,
    );
  }
  if (dag.tasks.length === 0) findings.problem('it has no tasks');
  sayWhatHasNoEffect(described, findings);
  const owners = described.owner
    .split(',')
    .map(owner => owner.trim())
    .filter(Boolean);
  const tags = [...(dag.tags ?? [])].sort();
  const { groups, ...members } = compileGroups(dag, findings);
  const tasks = compileTasks(described, members, findings, options);
  const slaMs = wholeSla(tasks, findings);
  const callbacks = compileCallbacks(
    described,
    tasks.length,
    findings,
    options,
  );
  const schedules = compileSchedules(dag, findings);
  const docs = findings.docs(dag.doc_md, 'the DAG');
  const definition: PipelineDefinition = withoutUndefined({
    formatVersion: 1 as const,
    name: dagId,
    description: dag.description ?? undefined,
    owner: options.ownerOf({ owners, tags }),
    system: options.system,
    type: 'airflow',
    tags,
    schedules,
    partitioned: isPartitioned(dag) || undefined,
    slaMs,
    timeoutMs: optionalMs(dag.dagrun_timeout),
    maxActiveRuns: dag.max_active_runs ?? 16,
    maxActiveTasks: dag.max_active_tasks ?? 16,
    params: compileParams(dag.params, findings),
    groups: groups.length > 0 ? groups : undefined,
    tasks: [...tasks, ...callbacks],
    airflow: withoutUndefined({
      dagId,
      source: options.source,
      file,
      environment: options.environment,
      docs,
      notes: notesOf([...options.notes, ...findings.notes]),
    }),
  });
  const title = dag.dag_display_name ?? undefined;
  return withoutUndefined({
    dagId,
    definition: findings.canRun ? definition : undefined,
    title: title === dagId ? undefined : title,
    owners,
    pausedUponCreation: described.pausedUponCreation,
    problems: findings.problems,
  });
}

function sayWhatHasNoEffect(
  { dag, pausedUponCreation }: DescribedDag,
  findings: Findings,
): void {
  if (dag.fail_fast) {
    findings.note(
      'fail_fast= has no effect: what does not depend on a failed task goes on',
    );
  }
  if (dag.max_consecutive_failed_dag_runs) {
    findings.note('max_consecutive_failed_dag_runs= has no effect');
  }
  if (dag.deadline) {
    findings.note('deadline= has no effect: Maestro watches sla=');
  }
  if (pausedUponCreation) {
    findings.note(
      'is_paused_upon_creation= has no effect: pause it in the portal',
    );
  }
}

/**
 * Airflow 2 counts an SLA of a task from when the run is due. One that all
 * tasks have is that of the run; others count from when the task is ready.
 */
function wholeSla(
  tasks: readonly TaskDefinition[],
  findings: Findings,
): number | undefined {
  const slas = new Set(tasks.map(task => task.slaMs));
  const [only] = slas;
  if (slas.size === 1 && only !== undefined) {
    for (const task of tasks) delete task.slaMs;
    return only;
  }
  if (slas.size > 1) {
    findings.note(
      'sla= of some tasks counts from when the task is ready, not from when the run is due',
    );
  }
  return undefined;
}

/** Each once. */
function notesOf(notes: readonly AirflowNote[]): AirflowNote[] | undefined {
  const unique = new Map(notes.map(note => [JSON.stringify(note), note]));
  return unique.size > 0 ? [...unique.values()] : undefined;
}
