import fc from 'fast-check';
import { arbitraryDefinition } from '../../__testUtils__/definitions';
import { ask, NOW, type Asked } from '../../__testUtils__/why';
import { TASK_STATES, type TaskState } from '../pipeline/states';
import type { WhyCode } from './whyCause';
import { whyNotRunning } from './whyNotRunning';

describe('whyNotRunning', () => {
  it.each<[...Asked, WhyCode[]]>([
    [
      'a pipeline without a run, due later',
      undefined,
      {},
      { run: undefined, nextDueAt: NOW + 1000 },
      ['next_due'],
    ],
    [
      'a paused pipeline',
      undefined,
      {},
      { run: undefined, paused: true, nextDueAt: NOW + 1000 },
      ['pipeline_paused', 'next_due'],
    ],
    [
      'a pipeline without a schedule',
      undefined,
      {},
      { run: undefined },
      ['not_scheduled'],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  it('always has an answer, and only about tasks that are there', () => {
    fc.assert(
      fc.property(
        arbitraryDefinition(),
        fc.array(fc.constantFrom<TaskState>(...TASK_STATES), {
          minLength: 14,
          maxLength: 14,
        }),
        fc.nat(),
        fc.constantFrom('queued', 'running', 'success', 'failed' as const),
        (of, states, task, state) => {
          const { chain } = whyNotRunning({
            now: NOW,
            definition: of,
            run: { id: 'r1', state: state as 'running' },
            taskNo: task % of.tasks.length,
            states: states.slice(0, of.tasks.length),
          });
          expect(chain.length).toBeGreaterThan(0);
          expect(chain.length).toBeLessThanOrEqual(of.tasks.length + 1);
          const known = new Set(['r1', ...of.tasks.map(({ id }) => id)]);
          expect(
            chain.flatMap(cause => cause.names).filter(n => !known.has(n)),
          ).toStrictEqual([]);
        },
      ),
    );
  });
});
