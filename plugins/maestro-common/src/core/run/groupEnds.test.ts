import fc from 'fast-check';
import {
  arbitraryGroups,
  definitionOf,
  statesOf,
} from '../../__testUtils__/definitions';
import type {
  GroupDefinition,
  PipelineDefinition,
} from '../pipeline/definition';
import { groupMembers, groupState, innerGroups } from './groups';
import { decideRunState, planTasks, type PlanOptions } from './plan';
import { isFinalTaskState, type TaskState } from '../pipeline/states';

const group = (
  no: number,
  id: string,
  more: Partial<GroupDefinition> = {},
): GroupDefinition => ({ no, id, retries: 1, retryDelayMs: 1_000, ...more });

const outcome = (
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: PlanOptions,
) =>
  planTasks(definition, states, options).map(
    ({ no, to }) => `${definition.tasks[no].id} ${to}`,
  );

describe('a group that ends while a plan is made', () => {
  const used = new Map([[0, 1]]);

  it.each<[string, 'all_success' | 'none_failed', string[]]>([
    ['of the group alone', 'all_success', ['call']],
    ['of what was planned before it too', 'none_failed', ['call', 'first']],
  ])(
    'is seen by what is below it from above: below a task %s',
    (_what, triggerRule, after) => {
      // `ask` ends it, and stands behind `use` in the order of the tasks alone.
      const definition = definitionOf(
        [
          { id: 'call', group: 0 },
          { id: 'first' },
          { id: 'use', after, triggerRule },
          { id: 'ask', after: ['first'], group: 0 },
          { id: 'both', after: ['ask', 'use'] },
        ],
        { groups: [group(0, 'questions')] },
      );
      const states = statesOf(definition, { call: 'failed', first: 'skipped' });
      for (const changed of [undefined, [1], [0, 1]]) {
        const options = { changed, groupRetries: used };
        expect(outcome(definition, states, options)).toStrictEqual([
          'ask skipped',
          'use upstream_failed',
          'both upstream_failed',
        ]);
      }
    },
  );

  it('lets go what works with a setup in it, further below', () => {
    const definition = definitionOf(
      [
        { id: 'start', setup: true, group: 0 },
        { id: 'warm', group: 0 },
        { id: 'use', after: ['start'] },
        { id: 'watch', after: ['use'], triggerRule: 'always' },
      ],
      { groups: [group(0, 'cluster')] },
    );
    const states = statesOf(definition, { start: 'success', warm: 'success' });
    for (const changed of [undefined, [0], [1]]) {
      expect(outcome(definition, states, { changed })).toStrictEqual([
        'use scheduled',
        'watch scheduled',
      ]);
    }
  });

  it('lets go what is below it also where two groups wait for each other', () => {
    // By their trigger rules one of them ends nevertheless.
    const definition = definitionOf(
      [
        { id: 'a', group: 0 },
        { id: 'y', group: 1 },
        { id: 'other' },
        { id: 'z', group: 1, after: ['a'] },
        { id: 'b', group: 0, after: ['y', 'other'] },
        { id: 'behind', after: ['z'] },
      ],
      { groups: [group(0, 'left'), group(1, 'right')] },
    );
    const states = statesOf(definition, {
      a: 'failed',
      y: 'success',
      other: 'failed',
    });
    for (const changed of [undefined, [2], [0, 1, 2]]) {
      const options = { changed, groupRetries: used };
      expect(outcome(definition, states, options)).toStrictEqual([
        'b upstream_failed',
        'z upstream_failed',
        'behind upstream_failed',
      ]);
    }
  });
});

describe('what a plan costs below a group that is over', () => {
  /** A group of `size` tasks that failed, and a chain of as many below each. */
  function workOf(size: number): number {
    const ids = Array.from({ length: size }, (_, i) => i);
    const definition = definitionOf(
      [
        ...ids.map(i => ({ id: `member_${i}`, group: 0 })),
        ...ids.map(i => ({
          id: `below_${i}`,
          after: [`member_${i}`, ...(i > 0 ? [`below_${i - 1}`] : [])],
        })),
      ],
      { groups: [group(0, 'large')] },
    );
    let asked = 0;
    definition.tasks.forEach(task => {
      const { downstream } = task;
      Object.defineProperty(task, 'downstream', {
        get: () => {
          asked++;
          return downstream;
        },
      });
    });
    const states = definition.tasks.map(
      (task): TaskState => (task.group === 0 ? 'failed' : 'none'),
    );
    const options = { changed: [size - 1], groupRetries: new Map([[0, 1]]) };
    // What is known of a definition is found once.
    planTasks(definition, states, options);
    asked = 0;
    expect(planTasks(definition, states, options)).toHaveLength(size);
    return asked;
  }

  it('grows with the tasks, not with their square', () => {
    expect(workOf(2_000)).toBeLessThan(4.5 * workOf(500));
  });
});

describe('any pipeline with groups', () => {
  const ends = fc.array(
    fc.record({
      state: fc.constantFrom<TaskState>('success', 'failed', 'skipped'),
      withNext: fc.boolean(),
    }),
    { minLength: 60, maxLength: 60 },
  );

  /** Plays a run to its end; `apply` is told what changed. */
  function play(
    pipeline: PipelineDefinition,
    outcomes: ReturnType<typeof ends.generate>['value'],
    apply: (
      states: TaskState[],
      options: PlanOptions,
      changed: number[] | undefined,
    ) => void,
  ) {
    const states = pipeline.tasks.map((): TaskState => 'none');
    const retries = new Map<number, number>();
    const options = { groupRetries: retries };
    apply(states, options, undefined);
    for (let step = 0; step < 300; step++) {
      const ended: number[] = [];
      for (const { no } of pipeline.tasks) {
        const end = outcomes[(step + ended.length) % outcomes.length];
        if (states[no] !== 'scheduled') continue;
        states[no] = end.state;
        ended.push(no);
        if (!end.withNext) break;
      }
      if (ended.length > 0) {
        apply(states, options, ended);
        continue;
      }
      const waiting = pipeline.groups!.find(
        ({ no }) =>
          groupState(pipeline, no, task => states[task], retries) ===
          'up_for_retry',
      );
      if (!waiting) break;
      expect(decideRunState(pipeline, states, options).state).toBe('running');
      retries.set(waiting.no, (retries.get(waiting.no) ?? 0) + 1);
      innerGroups(pipeline, waiting.no).forEach(no => retries.delete(no));
      const again = [...groupMembers(pipeline, waiting.no)];
      // Whole: every task of it is over, and is run again.
      again.forEach(no => {
        expect(isFinalTaskState(states[no])).toBe(true);
        states[no] = 'none';
      });
      apply(states, options, again);
    }
    expect(states.every(isFinalTaskState)).toBe(true);
    expect(decideRunState(pipeline, states, options).state).not.toBe('running');
  }

  it('comes to an end; the answer for what changed is the full one, in the same order', () => {
    fc.assert(
      fc.property(arbitraryGroups(), ends, (pipeline, outcomes) => {
        play(pipeline, outcomes, (states, options, changed) => {
          const full = planTasks(pipeline, states, options);
          const some = planTasks(pipeline, states, { ...options, changed });
          expect(some).toStrictEqual(full);
          full.forEach(({ no, to }) => {
            expect(states[no]).toBe('none');
            states[no] = to;
          });
          expect(planTasks(pipeline, states, options)).toStrictEqual([]);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('has plans of which each change is right after those before it', () => {
    fc.assert(
      fc.property(arbitraryGroups(), ends, (pipeline, outcomes) => {
        play(pipeline, outcomes, (states, options, changed) => {
          const plan = planTasks(pipeline, states, { ...options, changed });
          const brief = (changes: typeof plan) =>
            changes.map(({ no, to }) => `${no} ${to}`);
          for (const [i, { no, to }] of plan.entries()) {
            expect(brief(planTasks(pipeline, states, options))).toStrictEqual(
              brief(plan.slice(i)),
            );
            states[no] = to;
          }
        });
      }),
      { numRuns: 300 },
    );
  });
});
