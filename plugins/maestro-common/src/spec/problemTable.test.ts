import type { PipelineProblem } from './problems';
import { validatePipeline } from './validatePipeline';

type Loose = Record<string, any>;

const run = { command: ['true'] };

function entity(spec: Loose = {}): Loose {
  return {
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'example' },
    spec: {
      type: 'training',
      owner: 'group:default/ml-team',
      tasks: [{ id: 'a', run }],
      ...spec,
    },
  };
}

function problemsOf(value: unknown): PipelineProblem[] {
  const result = validatePipeline(value);
  return result.ok ? [] : result.problems;
}

describe('one mistake, one named problem', () => {
  it.each<[string, Loose, string, string, string?]>([
    // [what, spec, path, message, expected]
    [
      'an unknown key',
      { tasks: [{ id: 'a', run, dependson: [] }] },
      'spec.tasks[0].dependson',
      'did you mean "dependsOn"?',
      'one of id, title',
    ],
    [
      'an asset without a name',
      { tasks: [{ id: 'a', run, produces: ['drift events'] }] },
      'spec.tasks[0].produces[0]',
      '',
    ],
    [
      'an asset that is produced twice',
      { tasks: [{ id: 'a', run, produces: ['x', { asset: 'x' }] }] },
      'spec.tasks[0].produces[1]',
      'produces "x" twice',
    ],
    [
      'an asset of a branch',
      {
        tasks: [{ id: 'a', branch: { if: 'true', then: [] }, produces: ['x'] }],
      },
      'spec.tasks[0].produces',
      'launches nothing',
    ],
    [
      'any and all at once',
      { schedule: { assets: { any: ['x'], all: ['y'] } } },
      'spec.schedule.assets',
      'give either any or all',
    ],
    [
      'assets without any',
      { schedule: { assets: {} } },
      'spec.schedule.assets',
      'give either any or all',
    ],
    [
      'a cool-down of due times',
      { schedule: { cron: '0 4 * * *', cooldown: 'P1D' } },
      'spec.schedule.cooldown',
      'has no "assets"',
    ],
    [
      'a cool-down of nothing',
      { schedule: { assets: { any: ['x'] }, cooldown: 'PT0S' } },
      'spec.schedule.cooldown',
      'The cool-down is PT0S',
    ],
    [
      'days of asset events',
      { schedule: { assets: { any: ['x'] }, days: ['mon'] } },
      'spec.schedule.days',
      'about due times',
      '"when"',
    ],
    [
      'a webhook twice',
      { webhooks: [{ id: 'w' }, { id: 'w' }] },
      'spec.webhooks[1].id',
      'used twice',
    ],
    [
      'a param of a webhook that nobody knows',
      {
        params: { type: 'object', properties: { ref: { type: 'string' } } },
        webhooks: [{ id: 'w', params: { reff: 'request.body.ref' } }],
      },
      'spec.webhooks[0].params.reff',
      'did you mean "ref"?',
    ],
    [
      'a webhook that names a variable',
      {
        params: { type: 'object', properties: { ref: { type: 'string' } } },
        webhooks: [{ id: 'w', params: { ref: 'vars.x' } }],
      },
      'spec.webhooks[0].params.ref',
      '"vars" is not known to a webhook',
    ],
    [
      'a request in a command',
      {
        tasks: [{ id: 'a', run: { command: ['${{ request.body.x }}'] } }],
      },
      'spec.tasks[0].run.command[0]',
      'known to webhooks only',
    ],
    [
      'a missing key',
      { owner: undefined },
      'spec.owner',
      '"owner" is missing',
      'a text',
    ],
    [
      'a wrong type',
      { tasks: [{ id: 'a', run, retries: 'two' }] },
      'spec.tasks[0].retries',
      'is "two"',
      'a number',
    ],
    [
      'a fraction',
      { tasks: [{ id: 'a', run, retries: 1.5 }] },
      'spec.tasks[0].retries',
      'is 1.5',
      'a whole number',
    ],
    [
      'too small',
      { tasks: [{ id: 'a', run, retries: -1 }] },
      'spec.tasks[0].retries',
      'is -1',
      'at least 0',
    ],
    [
      'no tasks',
      { tasks: [] },
      'spec.tasks',
      'is a list of 0',
      'at least 1 items',
    ],
    [
      'a bad duration',
      { sla: '2h' },
      'spec.sla',
      'is "2h"',
      'ISO 8601 duration',
    ],
    [
      'no time at all',
      { sla: 'PT0S' },
      'spec.sla',
      'no time at all',
      'more than zero',
    ],
    [
      'an unknown rule',
      { tasks: [{ id: 'a', run, triggerRule: 'all_succes' }] },
      'spec.tasks[0].triggerRule',
      'did you mean "all_success"?',
      'one of all_success',
    ],
    [
      'a bad id',
      { tasks: [{ id: 'a b', run }] },
      'spec.tasks[0].id',
      'is "a b"',
      'letters, digits',
    ],
    [
      'a bad environment name',
      { tasks: [{ id: 'a', run: { ...run, env: { 'A-B': '1' } } }] },
      'spec.tasks[0].run.env.A-B',
      'is not a name',
      'letters, digits and "_"',
    ],
    [
      'a number in the environment',
      { tasks: [{ id: 'a', run: { ...run, env: { A: 1 } } }] },
      'spec.tasks[0].run.env.A',
      'is 1 (number)',
      'a text',
    ],
    [
      'a duplicate id',
      {
        tasks: [
          { id: 'a', run },
          { id: 'a', run },
        ],
      },
      'spec.tasks[1].id',
      'is used already by spec.tasks[0]',
      'an id of its own',
    ],
    [
      'an unknown upstream',
      {
        tasks: [
          { id: 'train', run },
          { id: 'b', run, dependsOn: ['trian'] },
        ],
      },
      'spec.tasks[1].dependsOn[0]',
      'which does not exist; did you mean "train"?',
      'the id of a task',
    ],
    [
      'itself',
      { tasks: [{ id: 'a', run, dependsOn: ['a'] }] },
      'spec.tasks[0].dependsOn[0]',
      'Task "a" depends on itself',
    ],
    [
      'a cycle',
      {
        tasks: [
          { id: 'a', run, dependsOn: ['c'] },
          { id: 'b', run, dependsOn: ['a'] },
          { id: 'c', run, dependsOn: ['b'] },
        ],
      },
      'spec.tasks[0].dependsOn',
      'Tasks wait for each other: a → b → c → a',
      'no cycle',
    ],
    [
      'nothing to do',
      { tasks: [{ id: 'a' }] },
      'spec.tasks[0]',
      'Task "a" does nothing',
      'one of "run", "branch"',
    ],
    [
      'two things to do',
      { tasks: [{ id: 'a', run, branch: { if: 'true', then: [] } }] },
      'spec.tasks[0]',
      'has both "run" and "branch"',
      'one of them',
    ],
    [
      'a branch to nowhere',
      { tasks: [{ id: 'a', branch: { if: 'true', then: ['x'] } }] },
      'spec.tasks[0].branch.then[0]',
      'follows "x", which does not exist',
      'the id of a task',
    ],
    [
      'a branch past its tasks',
      {
        tasks: [
          { id: 'a', branch: { if: 'true', then: [], else: ['b'] } },
          { id: 'b', run },
        ],
      },
      'spec.tasks[0].branch.else[0]',
      'which does not depend on it',
      '"a" in dependsOn of "b"',
    ],
    [
      'a bad cron expression',
      { schedule: { cron: '0 25 * * *' } },
      'spec.schedule.cron',
      'is not valid: Invalid value for hour: 25',
    ],
    [
      'a cron expression that is never due',
      { schedule: { cron: '0 0 31 2 *' } },
      'spec.schedule.cron',
      'is never due',
    ],
    [
      'a schedule as text',
      { schedule: '0 4 * * *' },
      'spec.schedule',
      'is "0 4 * * *"',
      "{cron: '0 4 * * 0'}",
    ],
    [
      'a schedule without time',
      { schedule: {} },
      'spec.schedule',
      'is never due',
      '"cron", "every", "dates" or "assets"',
    ],
    [
      'a schedule with two times',
      { schedule: { cron: '@daily', every: 'PT1H' } },
      'spec.schedule',
      'has both',
      'one of them',
    ],
    [
      'a day that is none',
      { schedule: { cron: '@daily', except: ['2026-02-30'] } },
      'spec.schedule.except[0]',
      'is not a day',
      'a day such as 2026-12-25',
    ],
    [
      'a due time that is none',
      { schedule: { dates: ['2026-01-01', 'tomorrow'] } },
      'spec.schedule.dates[1]',
      'is not a date',
      'ISO 8601',
    ],
    [
      'a calendar that never meets its cron expression',
      { schedule: { cron: '0 9 * * 0', days: ['mon'] } },
      'spec.schedule',
      'is never due',
      'days on which',
    ],
    [
      'a condition that is no CEL',
      { schedule: { cron: '@daily', when: 'vars.on ==' } },
      'spec.schedule.when',
      '',
      undefined,
    ],
    [
      'a condition about a task',
      { schedule: { cron: '@daily', when: 'tasks.a.outputs.x == 1' } },
      'spec.schedule.when',
      'there is no run yet',
      'params, vars',
    ],
    [
      'an interval of nothing',
      { schedule: { every: 'PT0.5S' } },
      'spec.schedule.every',
      'The interval is PT0.5S',
      'at least PT1S',
    ],
    [
      'a bad key in one of two',
      { schedule: [{ cron: '@daily' }, { id: 'b', corn: '@daily' }] },
      'spec.schedule[1].corn',
      'did you mean "cron"?',
      'one of id, cron',
    ],
    [
      'a jitter as long as the interval',
      { schedule: { every: 'PT10M', jitter: 'PT10M' } },
      'spec.schedule.jitter',
      'The jitter (PT10M) is as long as the interval (PT10M)',
      'less than the interval: a run would start when the next one is due',
    ],
    [
      'a jitter of more than a day',
      { schedule: { cron: '@weekly', jitter: 'P2D' } },
      'spec.schedule.jitter',
      'The jitter is P2D',
      'at most P1D',
    ],
    [
      'two schedules of one id',
      { schedule: [{ cron: '@daily' }, { cron: '@hourly' }] },
      'spec.schedule[1].id',
      '"default" is used twice',
      'an id of its own',
    ],
    [
      'a bad time zone',
      { schedule: { cron: '@daily', timezone: 'Mars/Olympus' } },
      'spec.schedule.timezone',
      '"Mars/Olympus" is not known',
      'Europe/Berlin',
    ],
    [
      'a bad date',
      { schedule: { cron: '@daily', startDate: '2025-02-30' } },
      'spec.schedule.startDate',
      '"2025-02-30" is not a date',
      'ISO 8601',
    ],
    [
      'an end before the start',
      {
        schedule: {
          cron: '@daily',
          startDate: '2025-02-02',
          endDate: '2025-02-01',
        },
      },
      'spec.schedule.endDate',
      'ends (2025-02-01) before it starts',
    ],
    [
      'a bad condition',
      { tasks: [{ id: 'a', branch: { if: 'params.', then: [] } }] },
      'spec.tasks[0].branch.if',
      '\n  params.\n         ^',
    ],
    [
      'a condition that is none',
      { tasks: [{ id: 'a', branch: { if: '1 + 1', then: [] } }] },
      'spec.tasks[0].branch.if',
      'gives an int, expected a bool',
    ],
    [
      'a bad expression in a command',
      { tasks: [{ id: 'a', run: { command: ['x', '${{ vars.y'] } }] },
      'spec.tasks[0].run.command[1]',
      'is not closed',
    ],
    [
      'a bad expression in the environment',
      { tasks: [{ id: 'a', run: { ...run, env: { A: '${{ 1 + }}' } } }] },
      'spec.tasks[0].run.env.A',
      'Unexpected token',
    ],
    [
      'an expression that is too long',
      {
        tasks: [
          { id: 'a', run: { command: [`\${{ "${'x'.repeat(2100)}" }}`] } },
        ],
      },
      'spec.tasks[0].run.command[0]',
      'at most 2048 are allowed',
    ],
    [
      'outputs of what is not upstream',
      {
        tasks: [
          { id: 'a', run },
          { id: 'b', run: { command: ['${{ tasks.a.outputs.k }}'] } },
        ],
      },
      'spec.tasks[1].run.command[0]',
      'which is not upstream of "b"',
      '"a" in dependsOn of "b"',
    ],
    [
      'outputs of nothing',
      { tasks: [{ id: 'a', run: { command: ['${{ tasks.z.outputs.k }}'] } }] },
      'spec.tasks[0].run.command[0]',
      'task "z", which does not exist',
    ],
    [
      'its own outputs',
      { tasks: [{ id: 'a', run: { command: ['${{ tasks.a.outputs.k }}'] } }] },
      'spec.tasks[0].run.command[0]',
      'uses outputs of its own task "a"',
    ],
    [
      'a param that is not named',
      {
        params: { properties: { trees: {} } },
        tasks: [{ id: 'a', run: { command: ['${{ params.tree }}'] } }],
      },
      'spec.tasks[0].run.command[0]',
      'params.tree, which spec.params does not name; did you mean "trees"?',
    ],
    [
      'a secret of a connection',
      {
        tasks: [
          { id: 'a', run: { command: ['${{ connections.db.password }}'] } },
        ],
      },
      'spec.tasks[0].run.command[0]',
      '"password" is not available, expected one of host, port',
    ],
    [
      'a teardown of what is no setup',
      {
        tasks: [
          { id: 'a', run },
          { id: 'b', run, dependsOn: ['a'], teardown: { of: ['a'] } },
        ],
      },
      'spec.tasks[1].teardown.of[0]',
      'takes down "a", which is no setup',
      'setup: true on "a"',
    ],
    [
      'a teardown of nothing',
      { tasks: [{ id: 'b', run, teardown: { of: ['create'] } }] },
      'spec.tasks[0].teardown.of[0]',
      'takes down "create", which does not exist',
      'the id of a setup',
    ],
    [
      'a teardown with a rule of its own',
      {
        tasks: [
          { id: 'a', run, setup: true },
          { id: 'b', run, triggerRule: 'always', teardown: { of: ['a'] } },
        ],
      },
      'spec.tasks[1].triggerRule',
      'has a trigger rule',
      'no triggerRule beside teardown',
    ],
    [
      'a setup that is a teardown',
      {
        tasks: [
          { id: 'a', run, setup: true },
          { id: 'b', run, setup: true, teardown: { of: ['a'] } },
        ],
      },
      'spec.tasks[1].setup',
      'is a setup and a teardown',
      'one of them',
    ],
    [
      'a setup above its teardown by way of a cycle',
      {
        tasks: [
          { id: 'a', run, setup: true, dependsOn: ['b'] },
          { id: 'b', run, teardown: { of: ['a'] } },
        ],
      },
      'spec.tasks[0].dependsOn',
      'Tasks wait for each other: a → b → a',
      'no cycle',
    ],
    [
      'finally that depends on a task',
      {
        tasks: [{ id: 'a', run }],
        finally: [{ id: 'f', run, dependsOn: ['a'] }],
      },
      'spec.finally[0].dependsOn[0]',
      'it runs after all tasks anyway',
      'other tasks of finally',
    ],
    [
      'a task that depends on finally',
      {
        tasks: [{ id: 'a', run, dependsOn: ['f'] }],
        finally: [{ id: 'f', run }],
      },
      'spec.tasks[0].dependsOn[0]',
      'which runs after all tasks (finally)',
      'tasks of spec.tasks',
    ],
    [
      'a group in finally',
      {
        groups: [{ id: 'g' }],
        tasks: [{ id: 'a', run, group: 'g' }],
        finally: [{ id: 'f', run, group: 'g' }],
      },
      'spec.finally[0].group',
      'of finally has "group"',
      'no group in finally',
    ],
    [
      'one id in tasks and finally',
      { tasks: [{ id: 'a', run }], finally: [{ id: 'a', run }] },
      'spec.finally[0].id',
      'is used already by spec.tasks[0]',
      'an id of its own',
    ],
    [
      'the outcome before there is one',
      { tasks: [{ id: 'a', run: { command: ['${{ run.state }}'] } }] },
      'spec.tasks[0].run.command[0]',
      'run.state, which is known only when all tasks are over',
      'spec.finally',
    ],
    [
      'the outcome before there is a run',
      { schedule: { cron: '@daily', when: 'run.state == "failed"' } },
      'spec.schedule.when',
      'run.state, but there is no run yet',
      'params, vars',
    ],
    [
      'a clean-up that waits for the run before',
      {
        tasks: [{ id: 'a', run }],
        finally: [{ id: 'f', run, dependsOnPast: true }],
      },
      'spec.finally[0].dependsOnPast',
      'would wait for the run before',
      'no dependsOnPast',
    ],
    [
      'an unknown group',
      { groups: [{ id: 'model' }], tasks: [{ id: 'a', run, group: 'modle' }] },
      'spec.tasks[0].group',
      'which does not exist; did you mean "model"?',
      'the id of a group',
    ],
    [
      'groups in each other',
      {
        groups: [
          { id: 'g', parent: 'h' },
          { id: 'h', parent: 'g' },
        ],
        tasks: [{ id: 'a', run, group: 'g' }],
      },
      'spec.groups[0].parent',
      'Groups are in each other: g → h → g',
      'no cycle',
    ],
    [
      'a group that is left and entered again',
      {
        groups: [{ id: 'g', retries: 1 }],
        tasks: [
          { id: 'a', run, group: 'g' },
          { id: 'b', run, dependsOn: ['a'] },
          { id: 'c', run, dependsOn: ['b'], group: 'g' },
        ],
      },
      'spec.groups[0].retries',
      'its task "c" depends on "b", which is outside and waits for the group',
      '"b" in the group',
    ],
    [
      'a teardown outside the group of its setup',
      {
        groups: [{ id: 'g', retries: 1 }],
        tasks: [
          { id: 'a', run, setup: true, group: 'g' },
          { id: 'b', run, teardown: { of: ['a'] } },
        ],
      },
      'spec.tasks[1].teardown.of',
      'are not both in group "g"',
      'in the same group',
    ],
    [
      'a weight that is none',
      { tasks: [{ id: 'a', run, weightRule: 'up' }] },
      'spec.tasks[0].weightRule',
      'is "up"',
      'one of absolute',
    ],
    [
      'a bad params schema',
      { params: { properties: { n: { type: 'whole' } } } },
      'spec.params',
      'The params schema is not valid',
    ],
    [
      'params that are no object',
      { params: { type: 'string' } },
      'spec.params',
      'has type "string"',
    ],
    [
      'a default of another type',
      { params: { properties: { n: { type: 'integer', default: 'x' } } } },
      'spec.params.properties.n.default',
      'The default does not match: The value is "x"',
      'type integer',
    ],
    [
      'an item outside of a map',
      { tasks: [{ id: 'a', run: { command: ['x', '${{ item.name }}'] } }] },
      'spec.tasks[0].run.command[1]',
      'uses item, which only command and env of a task with "map" have',
    ],
    [
      'an item in the list itself',
      { tasks: [{ id: 'a', run, map: { over: '[item, index]' } }] },
      'spec.tasks[0].map.over',
      'uses item and index',
    ],
    [
      'an item in the condition of a schedule',
      { schedule: { cron: '@daily', when: 'index == 1' } },
      'spec.schedule.when',
      'uses index, which only tasks with "map" have',
    ],
    [
      'a map of what can be no list',
      { tasks: [{ id: 'a', run, map: { over: 'size(params.list)' } }] },
      'spec.tasks[0].map.over',
      'gives an int, expected a list',
    ],
    [
      'a map over a task that is not upstream',
      {
        tasks: [
          { id: 'list', run },
          { id: 'a', run, map: { over: 'tasks.list.outputs.items' } },
        ],
      },
      'spec.tasks[1].map.over',
      'not upstream of "a"',
    ],
    [
      'a written list that is too long',
      { tasks: [{ id: 'a', run, map: { over: [1, 2, 3], maxItems: 2 } }] },
      'spec.tasks[0].map.over',
      'The list has 3 items, more than maxItems (2)',
    ],
    [
      'more items than there can be',
      { tasks: [{ id: 'a', run, map: { over: '[1]', maxItems: 10001 } }] },
      'spec.tasks[0].map.maxItems',
      '10001',
    ],
    [
      'a mapped branch',
      {
        tasks: [
          { id: 'a', map: { over: '[1]' }, branch: { if: 'true', then: [] } },
        ],
      },
      'spec.tasks[0].map',
      '"map" without "run"',
    ],
    [
      'a scheduled run without a param',
      {
        schedule: { cron: '@daily' },
        params: { properties: { n: {} }, required: ['n'] },
      },
      'spec.params.required[0]',
      'a scheduled run could not start',
      'a default for "n"',
    ],
  ])('finds %s', (...row) => {
    const [, spec, path, message, expected] = row;
    const problems = problemsOf(entity(spec));
    expect(problems).toContainEqual(
      expect.objectContaining({
        path,
        message: expect.stringContaining(message),
      }),
    );
    const found = problems.find(problem => problem.message.includes(message));
    expect(found?.expected ?? '').toContain(expected ?? '');
  });
});
