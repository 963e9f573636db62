import type { TaskState } from '../core/pipeline/states';
import type { AssetScheduleFacts, WhyFacts } from '../core/why/whyCause';
import { whyNotRunning } from '../core/why/whyNotRunning';
import { definitionOf, graphOf, nos, statesOf } from './definitions';

/** The beginning of a row: what is asked, of which task, in which states. */
export type Asked = [
  what: string,
  task: string | undefined,
  states: Record<string, TaskState>,
  facts: Partial<WhyFacts>,
];

export const NOW = Date.parse('2025-01-05T12:00:00Z');
export const definition = graphOf('extract -> train', 'train -> evaluate');
/** Everything that stands over tasks. */
export const graph = definitionOf(
  [
    { id: 'create', setup: true },
    { id: 'work', after: ['create'], group: 0 },
    { id: 'load', after: ['work'], group: 0, triggerRule: 'always' },
    { id: 'after', after: ['work'] },
    { id: 'daily', dependsOnPast: true },
    { id: 'tell', finally: true },
  ],
  { groups: [{ no: 0, id: 'model', retries: 1, retryDelayMs: 1000 }] },
);
/** A limit that is reached. */
export const full = (name: string) => ({
  name,
  used: 2,
  slots: 2,
  holders: ['other/run/a', 'other/run/b'],
});

/** What {@link whyNotRunning} says of a task, or of the run where none is named. */
export function ask(
  task: string | undefined,
  states: Record<string, TaskState>,
  rest: Partial<WhyFacts> = {},
) {
  const of = rest.definition ?? definition;
  return whyNotRunning({
    now: NOW,
    definition: of,
    run: { id: 'r1', state: 'running' },
    taskNo: task === undefined ? undefined : nos(of, task)[0],
    states: statesOf(of, states),
    ...rest,
  }).chain;
}

/** Each task may be queued ten minutes. */
export const bounded = {
  ...definition,
  tasks: definition.tasks.map(task => ({ ...task, queuedTimeoutMs: 600_000 })),
};

/** Each task since so many milliseconds. */
export const since = (ago: number) => definition.tasks.map(() => NOW - ago);

/** A schedule that waits for two assets. */
export const onAssets = (more: Partial<AssetScheduleFacts> = {}) => ({
  scheduleId: 'retrain',
  mode: 'all' as const,
  names: ['drift', 'labels'],
  missing: ['drift', 'labels'],
  ...more,
});
