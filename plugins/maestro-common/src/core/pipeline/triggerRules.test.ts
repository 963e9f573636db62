import fc from 'fast-check';
import {
  countUpstream,
  emptyUpstreamCounts,
  evaluateTriggerRule,
  TRIGGER_RULES,
  type TriggerRule,
  type UpstreamCounts,
} from './triggerRules';
import { FINAL_TASK_STATES, type TaskState } from './states';

// S success, F failed, U upstream_failed, K skipped, X removed, . not final
const LETTERS: Record<string, TaskState> = {
  S: 'success',
  F: 'failed',
  U: 'upstream_failed',
  K: 'skipped',
  X: 'removed',
  '.': 'running',
};

function countsOf(states: readonly TaskState[]): UpstreamCounts {
  const counts = emptyUpstreamCounts(states.length);
  states.forEach(state => countUpstream(counts, state));
  return counts;
}

const parse = (text: string) => [...text].map(letter => LETTERS[letter]);

const MARKS = {
  run: 'run',
  wait: 'wait',
  skip: 'skipped',
  upfail: 'upstream_failed',
} as const;

// Two upstream tasks each; the columns are what is known of them.
const COLUMNS = 'SS  SF  SU  SK  FF  FK  UU  KK  S.  F.  U.  K.  ..'.split(
  /\s+/,
);
const TABLE: Record<TriggerRule, string> = {
  all_success:
    'run upfail upfail skip upfail upfail upfail skip wait upfail upfail skip wait',
  all_failed: 'skip skip skip skip run skip run skip skip wait wait skip wait',
  all_done: 'run run run run run run run run wait wait wait wait wait',
  all_done_min_one_success:
    'run run run skip upfail skip upfail skip wait wait wait skip wait',
  all_done_setup_success:
    'run run run run run run run run wait wait wait wait wait',
  one_success:
    'run run run run upfail upfail upfail skip run wait wait wait wait',
  one_failed: 'skip run run skip run run run skip wait run run wait wait',
  one_done: 'run run run run run run skip skip run run wait wait wait',
  none_failed:
    'run upfail upfail run upfail upfail upfail run wait upfail upfail wait wait',
  none_failed_min_one_success:
    'run upfail upfail run upfail upfail upfail skip wait upfail upfail wait wait',
  none_skipped: 'run run run skip run skip run skip wait wait wait skip wait',
  all_skipped:
    'skip skip skip skip skip skip skip run skip skip skip wait wait',
  always: 'run run run run run run run run run run run run run',
};

describe('trigger rules, as in Airflow 3', () => {
  const cases = TRIGGER_RULES.flatMap(rule =>
    TABLE[rule]
      .split(' ')
      .map(
        (mark, column) =>
          [rule, COLUMNS[column], MARKS[mark as keyof typeof MARKS]] as const,
      ),
  );

  it('has a complete table', () => {
    expect(cases).toHaveLength(13 * 13);
    expect(cases.every(([, column, verdict]) => column && verdict)).toBe(true);
  });

  it.each(cases)('%s with upstream %s: %s', (rule, upstream, verdict) => {
    expect(evaluateTriggerRule(rule, countsOf(parse(upstream)))).toBe(verdict);
    // The order of the upstreams does not matter.
    const turned = [...upstream].reverse().join('');
    expect(evaluateTriggerRule(rule, countsOf(parse(turned)))).toBe(verdict);
  });

  it.each(TRIGGER_RULES)('%s without upstream runs', rule => {
    expect(evaluateTriggerRule(rule, emptyUpstreamCounts(0))).toBe('run');
  });

  it.each([
    ['all_success', 'SX', 'run'],
    ['all_failed', 'FX', 'run'],
    ['one_success', 'KX', 'skipped'],
    ['one_success', 'FX', 'upstream_failed'],
    ['all_skipped', 'KX', 'run'],
    ['all_done', 'X.', 'wait'],
    ['none_failed_min_one_success', 'KX', 'skipped'],
  ] as const)(
    '%s with upstream %s: a removed task counts as absent: %s',
    (rule, upstream, verdict) => {
      expect(evaluateTriggerRule(rule, countsOf(parse(upstream)))).toBe(
        verdict,
      );
    },
  );

  it.each([
    [{ total: 1, success: 1, skipped: 0 }, 'run'],
    [{ total: 2, success: 1, skipped: 1 }, 'run'],
    [{ total: 1, success: 0, skipped: 1 }, 'skipped'],
    [{ total: 2, success: 0, skipped: 1 }, 'upstream_failed'],
    [{ total: 0, success: 0, skipped: 0 }, 'run'],
  ] as const)(
    'all_done_setup_success with set-up tasks %j: %s',
    (setup, verdict) => {
      const counts = { ...countsOf(parse('SFK')), setup };
      expect(evaluateTriggerRule('all_done_setup_success', counts)).toBe(
        verdict,
      );
    },
  );

  it('refuses a rule it does not know', () => {
    expect(() =>
      evaluateTriggerRule('some' as TriggerRule, countsOf(parse('S'))),
    ).toThrow(/Unknown trigger rule "some"/);
  });
});

describe('properties of every trigger rule', () => {
  const rule = fc.constantFrom<TriggerRule>(...TRIGGER_RULES);
  const finals = fc.array(
    fc.constantFrom<TaskState>(...(FINAL_TASK_STATES as Set<TaskState>)),
    { minLength: 1, maxLength: 8 },
  );

  it('never waits once all upstreams are final', () => {
    fc.assert(
      fc.property(rule, finals, (r, states) => {
        expect(evaluateTriggerRule(r, countsOf(states))).not.toBe('wait');
      }),
      { numRuns: 2000 },
    );
  });

  it('never takes back an answer when more upstreams finish', () => {
    fc.assert(
      fc.property(rule, finals, (r, states) => {
        // A skip may become upstream_failed and the other way round, as in
        // Airflow, but what was said not to run never runs.
        const kind = {
          run: 'r',
          wait: 'w',
          skipped: 'x',
          upstream_failed: 'x',
        };
        const answers = [...states, undefined].map((_, finished) => {
          const known = states.map(
            (state, i): TaskState => (i < finished ? state : 'running'),
          );
          return kind[evaluateTriggerRule(r, countsOf(known))];
        });
        expect(answers.join('')).toMatch(/^w*(r+|x+)$/);
      }),
      { numRuns: 2000 },
    );
  });
});
