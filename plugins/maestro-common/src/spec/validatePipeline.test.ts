import fc from 'fast-check';
import { cpuTime } from '../__testUtils__/cpuTime';
import { entity, problemsOf, run, type Loose } from '../__testUtils__/entity';
import { pipelineSpecJsonSchema } from './jsonSchema';
import { validatePipeline } from './validatePipeline';

describe('validatePipeline', () => {
  it('gives the definition of a good pipeline', () => {
    expect(validatePipeline(entity())).toMatchObject({
      ok: true,
      definition: { name: 'example', tasks: [{ id: 'a' }] },
      warnings: [],
    });
  });

  it.each<[string, unknown, string, string]>([
    ['nothing', undefined, '', 'This is no entity'],
    ['a list', [], '', 'This is no entity'],
    [
      'another kind',
      { ...entity(), kind: 'Component' },
      'kind',
      'The kind is "Component"',
    ],
    [
      'another version',
      { ...entity(), apiVersion: 'v1' },
      'apiVersion',
      'The version is "v1"',
    ],
    ['no name', { ...entity(), metadata: {} }, 'metadata.name', 'has no name'],
    [
      'a long name',
      { ...entity(), metadata: { name: 'n'.repeat(64) } },
      'metadata.name',
      'is not allowed',
    ],
    [
      'a name with a blank',
      { ...entity(), metadata: { name: 'a b' } },
      'metadata.name',
      'is not allowed',
    ],
    [
      'a long name, in short',
      { ...entity(), metadata: { name: 'n'.repeat(100) } },
      'metadata.name',
      `The name "${'n'.repeat(80)}" is not allowed`,
    ],
    ['null', null, '', 'This is no entity'],
    [
      'an empty name',
      { ...entity(), metadata: { name: '' } },
      'metadata.name',
      'has no name',
    ],
    [
      'two separators',
      { ...entity(), metadata: { name: 'a--b' } },
      'metadata.name',
      'is not allowed',
    ],
    ['no spec', { ...entity(), spec: undefined }, 'spec', 'spec is missing'],
  ])('finds %s', (_, value, path, message) => {
    expect(problemsOf(value)).toStrictEqual([
      expect.objectContaining({
        path,
        message: expect.stringContaining(message),
      }),
    ]);
  });

  it('names all problems at once', () => {
    const problems = problemsOf(
      entity({
        owner: undefined,
        schedule: { cron: 'x', timezone: 'y' },
        tasks: [
          { id: 'a', retries: -1, dependsOn: ['b', 'zz'], run },
          { id: 'b', dependsOn: ['a'], branch: { if: '1 +', then: [] } },
        ],
      }),
    );
    expect(problems.map(problem => problem.path).sort()).toStrictEqual([
      'spec.owner',
      'spec.schedule.cron',
      'spec.schedule.timezone',
      'spec.tasks[0].dependsOn',
      'spec.tasks[0].dependsOn[1]',
      'spec.tasks[0].retries',
      'spec.tasks[1].branch.if',
    ]);
  });

  it.each<[string, Loose, string, string]>([
    [
      'an expression in a shell program',
      {
        params: { properties: { n: {} } },
        tasks: [
          {
            id: 'a',
            run: { command: ['/bin/sh', '-ec', 'echo ${{ params.n }}'] },
          },
        ],
      },
      'spec.tasks[0].run.command[2]',
      'can inject commands',
    ],
    [
      'an upstream named twice',
      {
        tasks: [
          { id: 'a', run },
          { id: 'b', run, dependsOn: ['a', 'a'] },
        ],
      },
      'spec.tasks[1].dependsOn[1]',
      '"a" is listed twice',
    ],
    [
      'a task that never runs',
      {
        tasks: [
          { id: 'g', branch: { if: 'true', then: [] } },
          { id: 'b', run, dependsOn: ['g'] },
        ],
      },
      'spec.tasks[1]',
      'Task "b" never runs',
    ],
    [
      'a timeout below the SLA',
      { sla: 'PT2H', timeout: 'PT1H', schedule: { cron: '0 4 * * *' } },
      'spec.timeout',
      'shorter than the SLA',
    ],
    [
      'a deadline that no run has',
      { sla: 'PT2H' },
      'spec.sla',
      'holds only runs by schedule or asset',
    ],
    [
      'a pipeline that starts itself',
      {
        schedule: [
          { id: 'a', cron: '0 4 * * *' },
          { id: 'b', assets: { any: ['x', 'y'] } },
        ],
        tasks: [
          {
            id: 'a',
            run: { command: ['true'] },
            produces: [{ asset: 'y', on: { alert: 'drift' } }],
          },
        ],
      },
      'spec.schedule[1].assets',
      'awaits "y", which it produces itself',
    ],
  ])('warns of %s', (_, spec, path, message) => {
    expect(validatePipeline(entity(spec))).toMatchObject({
      ok: true,
      warnings: [{ path, message: expect.stringContaining(message) }],
    });
  });

  it('does not warn of an escaped mark, or of an argument of its own', () => {
    const params = { properties: { n: {} } };
    for (const command of [
      ['sh', '-c', 'echo $${{ x }}'],
      ['sh', '-c', 'echo "$1"', 'sh', '${{ params.n }}'],
      ['python', '-c', 'print(1)'],
    ]) {
      const spec = { params, tasks: [{ id: 'a', run: { command } }] };
      expect(validatePipeline(entity(spec))).toMatchObject({
        ok: true,
        warnings: [],
      });
    }
  });

  it('accepts outputs over any distance upstream', () => {
    const tasks = [
      { id: 'a', run },
      { id: 'b', run, dependsOn: ['a'] },
      {
        id: 'c',
        dependsOn: ['b'],
        run: { command: ['x', '${{ tasks.a.outputs.k }}'] },
      },
    ];
    expect(problemsOf(entity({ tasks }))).toStrictEqual([]);
  });

  it('takes 10,000 tasks, good and bad, in seconds', () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `task_${i}`);
    const chain = ids.map((id, i) => ({
      id,
      run,
      dependsOn: i > 0 ? [ids[i - 1]] : [],
    }));
    const started = cpuTime();
    expect(problemsOf(entity({ tasks: chain }))).toStrictEqual([]);
    const wrong = chain.map(task => ({ ...task, dependsOn: [`${task.id}x`] }));
    expect(problemsOf(entity({ tasks: wrong }))).toHaveLength(100);
    expect(cpuTime() - started).toBeLessThan(8000);
  });

  it('never throws, whatever part is something else', () => {
    const full = entity({
      schedule: [{ cron: '@daily', timezone: 'UTC', startDate: '2025-01-01' }],
      params: { properties: { n: { default: 1 } }, required: ['n'] },
      defaults: { env: { A: '${{ params.n }}' } },
      tasks: [
        { id: 'a', run: { command: ['sh', '-c', '${{ params.n }}'] } },
        {
          id: 'g',
          dependsOn: ['a'],
          branch: { if: 'tasks.a.outputs.k', then: ['b'], else: [] },
        },
        { id: 'b', dependsOn: ['g'], run },
      ],
    });
    const paths: Array<Array<string | number>> = [];
    const walk = (value: unknown, path: Array<string | number>) => {
      if (path.length > 0) paths.push(path);
      if (typeof value === 'object' && value !== null) {
        for (const [key, part] of Object.entries(value)) {
          walk(part, [...path, Array.isArray(value) ? Number(key) : key]);
        }
      }
    };
    walk(full, []);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...paths), fc.jsonValue()), {
          minLength: 1,
          maxLength: 3,
        }),
        changes => {
          const mutated = JSON.parse(JSON.stringify(full));
          for (const [path, value] of changes) {
            const parent = path
              .slice(0, -1)
              .reduce<any>((at, part) => at?.[part], mutated);
            if (typeof parent === 'object' && parent !== null) {
              parent[path[path.length - 1]] = value;
            }
          }
          const result = validatePipeline(mutated);
          expect(result.ok || result.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('pipelineSpecJsonSchema', () => {
  const schema = pipelineSpecJsonSchema() as Loose;

  it('obeys the model layer of the catalog', () => {
    for (const keyword of [
      'allOf',
      'anyOf',
      'oneOf',
      'if',
      '$ref',
      '$schema',
    ]) {
      expect(schema).not.toHaveProperty(keyword);
    }
    expect(JSON.stringify(schema)).not.toContain('$ref');
    expect(schema).toMatchObject({
      type: 'object',
      required: ['type', 'owner', 'tasks'],
      additionalProperties: false,
    });
  });

  it('describes what people write: defaults are optional', () => {
    const task = schema.properties.tasks.items;
    expect(task.required).toStrictEqual(['id']);
    expect(task.properties.branch.required).toStrictEqual(['if', 'then']);
    expect(schema.properties.schedule.anyOf).toHaveLength(2);
  });
});
