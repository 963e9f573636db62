import { entity, run, saidOf, type Loose } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

const schedule = { cron: '@daily' };
const noTime = (name: string) =>
  `spec.${name}: "PT0S" is no time at all (expected more than zero)`;
const shorter =
  'warning: spec.timeout: The timeout is shorter than the SLA: a run fails before it can be late';
const unheld =
  'warning: spec.sla: The SLA holds only runs by schedule or asset, and this pipeline has no schedule; tasks may have an SLA in every run';

it.each<[string, Loose, string[]]>([
  // [what, spec, what is said of it]
  ['no timeout', { timeout: 'PT0S' }, [noTime('timeout')]],
  [
    'no time of the defaults',
    { defaults: { queuedTimeout: 'PT0S' } },
    [noTime('defaults.queuedTimeout')],
  ],
  [
    'no time of a task',
    { tasks: [{ id: 'a', run, sla: 'PT0S' }] },
    [noTime('tasks[0].sla')],
  ],
  [
    'a list as SLA',
    { schedule, sla: ['PT0S'] },
    ['spec.sla: is a list of 1 (expected a text)'],
  ],
  [
    'a word before an SLA',
    { schedule, sla: 'xPT0S' },
    [
      'spec.sla: is "xPT0S" (expected an ISO 8601 duration such as PT5M, PT1H30M or P1D)',
    ],
  ],
  ['an SLA', { schedule, sla: 'PT1H' }, []],
  ['an SLA that no run has', { sla: 'PT1H' }, [unheld]],
  ['a timeout', { timeout: 'PT1H' }, []],
  ['a timeout at the SLA', { schedule, sla: 'PT1H', timeout: 'PT1H' }, []],
  ['a timeout behind it', { schedule, sla: 'PT1H', timeout: 'PT2H' }, []],
  [
    'a timeout before it',
    { schedule, sla: 'PT1H', timeout: 'PT59M59S' },
    [shorter],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});

it('names the file, and nothing that is not known', () => {
  expect(
    validatePipeline(entity({ owner: 5 }), { file: 'x.yaml' }),
  ).toStrictEqual({
    ok: false,
    problems: [
      {
        path: 'spec.owner',
        message: 'is 5 (number)',
        expected: 'a text',
        file: 'x.yaml',
      },
    ],
    warnings: [],
  });
  expect(
    validatePipeline(entity({ sla: 'PT1H' }), { file: 'x.yaml' }),
  ).toMatchObject({
    ok: true,
    warnings: [{ path: 'spec.sla', file: 'x.yaml' }],
  });
  expect(
    validatePipeline({
      ...entity(),
      spec: entity({ retention: { runs: {} } }).spec,
    }),
  ).toStrictEqual({
    ok: false,
    problems: [
      {
        path: 'spec.retention.runs',
        message: 'give maxAge, maxCount or both; either limit removes',
      },
    ],
    warnings: [],
  });
});

it.each(['n'.repeat(63), 'abc-def_ghi.jkl', 'A1'])(
  'takes the name %s',
  name => {
    expect(validatePipeline(entity({}, { metadata: { name } })).ok).toBe(true);
  },
);
