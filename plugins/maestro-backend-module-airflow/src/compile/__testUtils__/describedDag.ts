import { compileDag } from '../compileDag';
import type {
  DescribedDag,
  Encoded,
  SerializedDag,
  SerializedTask,
} from '../serialized';

export const cron = (
  expression: string,
  timezone: unknown = 'UTC',
): Encoded => ({
  __type: 'airflow.timetables.trigger.CronTriggerTimetable',
  __var: { expression, timezone, interval: 0, run_immediately: false },
});
export const timetable = (name: string, value: object = {}): Encoded => ({
  __type: name.includes('.') ? name : `airflow.timetables.simple.${name}`,
  __var: value as Record<string, unknown>,
});
export const asset = (name: string) => ({ __type: 'asset', name, uri: name });

export const task = (
  task_id: string,
  more: Partial<SerializedTask> = {},
): SerializedTask => ({
  task_id,
  task_type: 'BashOperator',
  ...more,
});

/** What the parse process says of a DAG: only what the test is about. */
export function described(
  dag: Partial<Omit<SerializedDag, 'tasks'>> = {},
  tasks: SerializedTask[] = [task('a')],
  more: Partial<DescribedDag> = {},
): DescribedDag {
  return {
    dag: {
      dag_id: 'd',
      relative_fileloc: 'x/d.py',
      timetable: timetable('NullTimetable'),
      timezone: 'UTC',
      task_group: { _group_id: null, children: {} },
      ...dag,
      tasks: tasks.map(one => ({ __type: 'operator', __var: one })),
    },
    owner: 'airflow',
    pausedUponCreation: false,
    line: 7,
    tasks: {},
    ...more,
  };
}

export const compile = (...args: Parameters<typeof described>) =>
  compileDag(described(...args), {
    source: 's',
    environment: 'default',
    ownerOf: ({ owners, tags }) => [...owners, ...tags].join('+'),
    notes: [],
  });

/** Of a DAG without problems. */
export const compiled = (...args: Parameters<typeof described>) => {
  const { definition, problems } = compile(...args);
  expect(problems).toEqual([]);
  return definition!;
};
