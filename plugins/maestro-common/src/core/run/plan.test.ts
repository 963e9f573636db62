import fc from 'fast-check';
import { cpuTime } from '../../__testUtils__/cpuTime';
import {
  arbitraryDefinition,
  definitionOf,
  graphOf,
  isUnfinished,
  nos,
  statesOf,
} from '../../__testUtils__/definitions';
import type { PipelineDefinition } from '../pipeline/definition';
import { branchDecision, decideRunState, planTasks } from './plan';
import { isFinalTaskState, type TaskState } from '../pipeline/states';

function outcome(
  definition: PipelineDefinition,
  changes: ReturnType<typeof planTasks>,
): Record<string, string> {
  return Object.fromEntries(
    changes.map(change => [definition.tasks[change.no].id, change.to]),
  );
}

function apply(
  states: readonly TaskState[],
  changes: ReturnType<typeof planTasks>,
): TaskState[] {
  const next = [...states];
  changes.forEach(change => {
    expect(next[change.no]).toBe('none');
    next[change.no] = change.to;
  });
  return next;
}

const start = (definition: PipelineDefinition): TaskState[] => {
  const states: TaskState[] = definition.tasks.map(() => 'none');
  return apply(states, planTasks(definition, states));
};

const unfinished = (states: readonly TaskState[]): number[] =>
  states.flatMap((state, no) => (isUnfinished(state) ? [no] : []));

describe('planTasks', () => {
  const diamond = graphOf('a -> b, c', 'b, c -> d');

  it.each<[string, Record<string, TaskState>, Record<string, string>]>([
    ['a new run', {}, { a: 'scheduled' }],
    ['the first is done', { a: 'success' }, { b: 'scheduled', c: 'scheduled' }],
    ['one of two is done', { a: 'success', b: 'success', c: 'running' }, {}],
    [
      'both are done',
      { a: 'success', b: 'success', c: 'success' },
      { d: 'scheduled' },
    ],
    [
      'a failure cascades',
      { a: 'failed' },
      { b: 'upstream_failed', c: 'upstream_failed', d: 'upstream_failed' },
    ],
    [
      'a skip cascades',
      { a: 'skipped' },
      { b: 'skipped', c: 'skipped', d: 'skipped' },
    ],
    [
      'a failure does not wait for the other',
      { a: 'success', b: 'failed', c: 'running' },
      { d: 'upstream_failed' },
    ],
    ['a retry is awaited', { a: 'up_for_retry' }, {}],
  ])('%s', (_, states, expected) => {
    const given = statesOf(diamond, states);
    expect(outcome(diamond, planTasks(diamond, given))).toStrictEqual(expected);
  });

  it('prefers the failure when skip and failure meet in one cascade', () => {
    const definition = graphOf('a -> b', 'x -> y', 'b, y -> join');
    const states = statesOf(definition, { a: 'skipped', x: 'failed' });
    const expected = {
      b: 'skipped',
      y: 'upstream_failed',
      join: 'upstream_failed',
    };
    for (const changed of [
      nos(definition, 'a', 'x'),
      nos(definition, 'x', 'a'),
    ]) {
      expect(
        outcome(definition, planTasks(definition, states, { changed })),
      ).toStrictEqual(expected);
    }
  });

  it('says why', () => {
    const changes = planTasks(diamond, statesOf(diamond, { a: 'failed' }));
    expect(changes.map(change => change.reason)).toStrictEqual([
      'trigger rule all_success cannot hold: a failed',
      'trigger rule all_success cannot hold: a failed',
      'trigger rule all_success cannot hold: b upstream_failed, c upstream_failed',
    ]);
  });

  it('skips what a branch did not follow whatever the rule', () => {
    const definition = definitionOf([
      { id: 'gate', branch: { if: 'true', then: [1], else: [2] } },
      { id: 'yes', after: ['gate'] },
      { id: 'no', after: ['gate'], triggerRule: 'always' },
      {
        id: 'join',
        after: ['yes', 'no'],
        triggerRule: 'none_failed_min_one_success',
      },
    ]);
    const { skipped } = branchDecision(definition, 0, true);
    expect(
      outcome(
        definition,
        planTasks(definition, statesOf(definition, { gate: 'success' }), {
          changed: [0],
          branchSkipped: new Set(skipped),
        }),
      ),
    ).toStrictEqual({ yes: 'scheduled', no: 'skipped' });
  });

  it('refuses states that are not those of the definition', () => {
    expect(() => planTasks(diamond, ['none'])).toThrow(
      'Pipeline "example" has 4 tasks, got 1 states',
    );
    expect(() =>
      planTasks(diamond, statesOf(diamond, {}), { changed: [9] }),
    ).toThrow('has no task number 9');
  });

  it('incremental equals full, over random pipelines and histories', () => {
    fc.assert(
      fc.property(
        arbitraryDefinition(),
        fc.infiniteStream(fc.nat()),
        (definition, random) => {
          const pick = <T>(from: readonly T[]): T =>
            from[random.next().value! % from.length];
          let states = start(definition);
          for (let step = 0; step < 60; step++) {
            const open = unfinished(states);
            if (open.length === 0) break;
            const changed = [...new Set([pick(open), pick(open)])];
            for (const no of changed) {
              states[no] = pick<TaskState>([
                'success',
                'success',
                'failed',
                'skipped',
                'running',
                'up_for_retry',
              ]);
            }
            const full = planTasks(definition, states);
            expect(planTasks(definition, states, { changed })).toStrictEqual(
              full,
            );
            expect(
              planTasks(definition, states, { changed: changed.reverse() }),
            ).toStrictEqual(full);
            states = apply(states, full);
            // A plan is a fixpoint: nothing is left to do.
            expect(planTasks(definition, states)).toStrictEqual([]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('brings every run to an end, and the end is a decision', () => {
    fc.assert(
      fc.property(
        arbitraryDefinition(),
        fc.infiniteStream(fc.nat()),
        (definition, random) => {
          let states = start(definition);
          for (let step = 0; step <= definition.tasks.length; step++) {
            const open = states.findIndex(isUnfinished);
            if (open < 0) break;
            expect(decideRunState(definition, states).state).toBe('running');
            states[open] = (['success', 'failed', 'skipped'] as const)[
              random.next().value! % 3
            ];
            states = apply(
              states,
              planTasks(definition, states, { changed: [open] }),
            );
          }
          expect(states.every(isFinalTaskState)).toBe(true);
          const decision = decideRunState(definition, states);
          const badLeaf = definition.tasks.some(
            task =>
              task.downstream.length === 0 &&
              ['failed', 'upstream_failed'].includes(states[task.no]),
          );
          expect(decision.state).toBe(badLeaf ? 'failed' : 'success');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cascades down a chain of 5,000 in one call', () => {
    const definition = definitionOf(
      Array.from({ length: 5000 }, (_, i) => ({
        id: `t${i}`,
        after: i > 0 ? [`t${i - 1}`] : [],
      })),
    );
    const states = statesOf(definition, { t0: 'failed' });
    const started = cpuTime();
    const changes = planTasks(definition, states, { changed: [0] });
    expect(cpuTime() - started).toBeLessThan(500);
    expect(changes).toHaveLength(4999);
    expect(changes[4998]).toMatchObject({ no: 4999, to: 'upstream_failed' });
  });

  it('walks a chain of 5,000 step by step in linear time', () => {
    const definition = definitionOf(
      Array.from({ length: 5000 }, (_, i) => ({
        id: `t${i}`,
        after: i > 0 ? [`t${i - 1}`] : [],
      })),
    );
    const states: TaskState[] = statesOf(definition, { t0: 'scheduled' });
    const started = cpuTime();
    for (let no = 0; no < 4999; no++) {
      states[no] = 'success';
      const changes = planTasks(definition, states, { changed: [no] });
      expect(changes).toHaveLength(1);
      states[no + 1] = 'scheduled';
    }
    expect(cpuTime() - started).toBeLessThan(2000);
  });

  it('handles a fan of 10,000, out and in', () => {
    const width = 10_000;
    const names = Array.from({ length: width }, (_, i) => `m${i}`);
    const definition = definitionOf([
      { id: 'start' },
      ...names.map(id => ({ id, after: ['start'] })),
      { id: 'join', after: names },
    ]);
    const started = cpuTime();
    const states = statesOf(definition, { start: 'success' });
    expect(planTasks(definition, states, { changed: [0] })).toHaveLength(width);
    for (let no = 1; no <= width; no++) states[no] = 'success';
    expect(planTasks(definition, states, { changed: [width] })).toStrictEqual([
      expect.objectContaining({ no: width + 1, to: 'scheduled' }),
    ]);
    expect(cpuTime() - started).toBeLessThan(1000);
  });
});

describe('branchDecision', () => {
  const definition = definitionOf([
    { id: 'gate', branch: { if: 'true', then: [1, 3], else: [2, 3] } },
    { id: 'yes', after: ['gate'] },
    { id: 'no', after: ['gate'] },
    { id: 'both', after: ['gate'] },
    { id: 'unnamed', after: ['gate'] },
    { id: 'join', after: ['gate', 'yes'] },
    { id: 'far', after: ['no'] },
  ]);

  it('follows what the outcome names, and a join below it', () => {
    expect(branchDecision(definition, 0, true)).toStrictEqual({
      followed: nos(definition, 'yes', 'both', 'join'),
      skipped: nos(definition, 'no', 'unnamed'),
    });
    expect(branchDecision(definition, 0, false)).toStrictEqual({
      followed: nos(definition, 'no', 'both'),
      skipped: nos(definition, 'yes', 'unnamed', 'join'),
    });
  });

  it('refuses a task that is no branch', () => {
    expect(() => branchDecision(definition, 1, true)).toThrow(
      'Task "yes" of pipeline "example" is not a branch',
    );
  });
});

describe('decideRunState', () => {
  const definition = definitionOf([
    { id: 'a' },
    { id: 'b', after: ['a'] },
    { id: 'clean', after: ['b'], triggerRule: 'all_done' },
    { id: 'side', after: ['a'] },
  ]);

  it.each<[string, Record<string, TaskState>, unknown]>([
    ['something runs', { a: 'running' }, { state: 'running' }],
    [
      'something waits for its retry',
      { a: 'up_for_retry' },
      { state: 'running' },
    ],
    ['the next can start', { a: 'success' }, { state: 'running' }],
    [
      'all is green',
      { a: 'success', b: 'success', clean: 'success', side: 'success' },
      { state: 'success' },
    ],
    [
      'the leaves decide: clean-up after a failure is a success',
      { a: 'success', b: 'failed', clean: 'success', side: 'success' },
      { state: 'success' },
    ],
    [
      'a skipped leaf is no failure',
      { a: 'success', b: 'success', clean: 'skipped', side: 'skipped' },
      { state: 'success' },
    ],
    [
      'the failed task is named, not the leaf below it',
      {
        a: 'failed',
        b: 'upstream_failed',
        clean: 'success',
        side: 'upstream_failed',
      },
      { state: 'failed', failedTasks: ['a'] },
    ],
    [
      'a failure that the leaves forgave is not named',
      { a: 'success', b: 'failed', clean: 'success', side: 'failed' },
      { state: 'failed', failedTasks: ['side'] },
    ],
    [
      'a failed leaf does not end the run while another works',
      { a: 'success', b: 'running', clean: 'none', side: 'failed' },
      { state: 'running' },
    ],
    [
      'removed tasks decide nothing',
      { a: 'success', b: 'success', clean: 'removed', side: 'success' },
      { state: 'success' },
    ],
  ])('%s', (_, states, expected) => {
    expect(
      decideRunState(definition, statesOf(definition, states)),
    ).toStrictEqual(expected);
  });
});
