import type {
  PipelineDefinition,
  TaskState,
} from '@maestro/plugin-maestro-common';
import type { TaskSummary } from '../run/taskSummaries';
import { foldGroups } from './foldGroups';

type Sketch = { id: string; after?: number[]; group?: number; finally?: true };

function pipeline(
  tasks: Sketch[],
  groups: Array<{ id: string; parent?: number }>,
) {
  const all = tasks.map(({ id, after = [], ...rest }, no) => ({
    no,
    id,
    kind: 'run',
    upstream: after,
    downstream: tasks.flatMap((other, i) =>
      other.after?.includes(no) ? [i] : [],
    ),
    ...rest,
  }));
  return {
    tasks: all,
    groups: groups.map((group, no) => ({
      no,
      retries: 0,
      retryDelayMs: 0,
      ...group,
    })),
  } as unknown as PipelineDefinition;
}

function shown(
  definition: PipelineDefinition,
  folded: string[],
  states: TaskState[] = [],
) {
  const summaries = definition.tasks.map(
    (task, no): TaskSummary => ({
      task,
      state: states[no] ?? 'none',
      slaState: 'none' as const,
      instances: [],
    }),
  );
  const graph = foldGroups(definition, summaries, new Set(folded));
  return graph.definition.tasks.map(
    ({ no, id, upstream }) =>
      `${upstream.map(up => graph.definition.tasks[up].id).join('+')}>${id}:${
        graph.summaries[no].state
      }${graph.groups.has(no) ? ' (group)' : ''}`,
  );
}

describe('foldGroups', () => {
  const chain = pipeline(
    [
      { id: 'a' },
      { id: 'b', after: [0], group: 0 },
      { id: 'c', after: [1], group: 1 },
      { id: 'd', after: [2] },
    ],
    [{ id: 'outer' }, { id: 'inner', parent: 0 }],
  );

  it.each<[string[], string[]]>([
    [[], ['>a:none', 'a>b:success', 'b>c:failed', 'c>d:none']],
    [
      ['inner'],
      ['>a:none', 'a>b:success', 'b>inner:failed (group)', 'inner>d:none'],
    ],
    [['outer'], ['>a:none', 'a>outer:failed (group)', 'outer>d:none']],
    [
      ['outer', 'inner'],
      ['>a:none', 'a>outer:failed (group)', 'outer>d:none'],
    ],
    [['unknown'], ['>a:none', 'a>b:success', 'b>c:failed', 'c>d:none']],
  ])('draws %j as one node', (folded, expected) => {
    expect(shown(chain, folded, ['none', 'success', 'failed'])).toEqual(
      expected,
    );
  });

  it('leaves a group open that a way leads out of and back into', () => {
    const loop = pipeline(
      [
        { id: 'a', group: 0 },
        { id: 'b', after: [0] },
        { id: 'c', after: [1], group: 0 },
      ],
      [{ id: 'g' }],
    );
    expect(shown(loop, ['g'])).toEqual(['>a:none', 'a>b:none', 'b>c:none']);
  });

  it('folds one of two groups that would make a circle together', () => {
    const crossed = pipeline(
      [
        { id: 'a', group: 0 },
        { id: 'b', after: [0], group: 1 },
        { id: 'c', group: 1 },
        { id: 'd', after: [2], group: 0 },
      ],
      [{ id: 'g' }, { id: 'h' }],
    );
    expect(shown(crossed, ['g', 'h']).filter(x => x.includes('group'))).toEqual(
      [expect.stringContaining('g:none (group)')],
    );
  });

  it('draws finally behind what ends last', () => {
    const last = pipeline(
      [
        { id: 'a' },
        { id: 'b', after: [0] },
        { id: 'c' },
        { id: 'tell', finally: true },
        { id: 'file', after: [3], finally: true },
      ],
      [],
    );
    expect(shown(last, [])).toEqual([
      '>a:none',
      'a>b:none',
      '>c:none',
      'b+c>tell:none',
      'tell>file:none',
    ]);
  });
});
