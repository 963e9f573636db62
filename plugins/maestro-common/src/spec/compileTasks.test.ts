import { entity, run, type Loose } from '../__testUtils__/entity';
import { compilePipeline, type PipelineEntity } from './compilePipeline';

const compiled = (spec: Loose) =>
  compilePipeline(entity(spec) as PipelineEntity);

describe('groups', () => {
  const groups = [
    { id: 'outer', title: 'All', retries: 2, retryDelay: 'PT1M' },
    { id: 'inner', parent: 'outer' },
  ];

  it('have numbers, by which tasks and other groups name them', () => {
    const { groups: stored, tasks } = compiled({
      groups,
      tasks: ['outer', 'inner', undefined].map((group, i) => ({
        id: `t${i}`,
        run,
        group,
      })),
    });
    expect(stored).toStrictEqual([
      { no: 0, id: 'outer', title: 'All', retries: 2, retryDelayMs: 60_000 },
      { no: 1, id: 'inner', parent: 0, retries: 0, retryDelayMs: 300_000 },
    ]);
    expect(tasks.map(task => task.group)).toStrictEqual([0, 1, undefined]);
  });

  it.each<[string, Loose]>([
    ['"a"', { groups, tasks: [{ id: 'a', run, group: 'nowhere' }] }],
    ['"a"', { tasks: [{ id: 'a', run, group: 'nowhere' }] }],
    ['"g"', { groups: [{ id: 'g', parent: 'nowhere' }] }],
  ])('of which %s names one that is not there', (user, spec) => {
    expect(() => compiled(spec)).toThrow(
      `${user} of pipeline "example" is in group "nowhere", which does not exist`,
    );
  });
});

describe('one task: what is written, and what is stored', () => {
  const both = { dependsOnPast: true, waitForDownstream: true };
  it.each<[string, Loose, Loose]>([
    // [what, task, fields of its definition]
    ['a setup', { setup: true }, { setup: true }],
    ['what is no setup', { setup: false }, { setup: undefined }],
    [
      'a teardown waits for its setup, and for no other run',
      { teardown: { of: ['s'] }, ...both },
      {
        upstream: [0],
        triggerRule: 'all_done_setup_success',
        teardown: { of: [0] },
        dependsOnPast: undefined,
        waitForDownstream: undefined,
      },
    ],
    [
      'a teardown that may fail the run',
      { teardown: { of: ['s'], failsRun: true } },
      { teardown: { of: [0], failsRun: true } },
    ],
    [
      'upstreams in order, each once',
      { dependsOn: ['u', 's', 'w', 's', 'v'] },
      { upstream: [0, 1, 2, 3] },
    ],
    ['the past', { dependsOnPast: true }, { dependsOnPast: true }],
    ['what is below it there', { waitForDownstream: true }, both],
    [
      'no past',
      { dependsOnPast: false, waitForDownstream: false },
      { dependsOnPast: undefined, waitForDownstream: undefined },
    ],
    [
      'retries',
      { retries: 1, retryDelay: 'PT1M', maxRetryDelay: 'PT2M' },
      { retries: 1, retryDelayMs: 60_000, maxRetryDelayMs: 120_000 },
    ],
    [
      'assets, of success unless it says more',
      {
        produces: [
          'x',
          { asset: 'y' },
          { asset: 'z', on: { alert: 'drift' } },
          { asset: 'w', on: 'success' },
        ],
      },
      {
        produces: [
          { asset: 'x', on: 'success' },
          { asset: 'y', on: 'success' },
          { asset: 'z', on: { alert: 'drift' } },
          { asset: 'w', on: 'success' },
        ],
      },
    ],
    [
      'a result to reuse',
      { cache: true },
      { cache: { ttlMs: 30 * 86_400_000, version: 1 } },
    ],
    [
      'a result to reuse for a day, by its sources',
      { cache: { ttl: 'P1D', version: 0, sources: ['b', 'a', 'b'] } },
      { cache: { ttlMs: 86_400_000, version: 0, sources: ['a', 'b'] } },
    ],
    [
      'items that are known',
      { map: { over: [1, 'x'] } },
      { map: { items: [1, 'x'], maxItems: 1000 } },
    ],
    [
      'items that an expression gives',
      { map: { over: 'params.days', maxItems: 5, parallel: 2 } },
      { map: { over: 'params.days', maxItems: 5, parallel: 2 } },
    ],
  ])('%s', (_, task, expected) => {
    const others = ['s', 'u', 'v', 'w'].map(id => ({ id, setup: true, run }));
    const { tasks } = compiled({
      tasks: [...others, { id: 'a', run, ...task }],
    });
    for (const [field, value] of Object.entries(expected)) {
      expect([field, (tasks[4] as Loose)[field]]).toStrictEqual([field, value]);
    }
  });

  it('only what stands in finally runs after all, and waits for no other run', () => {
    const { tasks } = compiled({
      defaults: both,
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', run }],
    });
    expect(tasks[0]).toMatchObject(both);
    expect('finally' in tasks[0]).toBe(false);
    expect(tasks[1].finally).toBe(true);
    expect('dependsOnPast' in tasks[1]).toBe(false);
    expect('waitForDownstream' in tasks[1]).toBe(false);
  });

  it('weighs by its own rule, else by that of the defaults, else alone', () => {
    const priorities = (weightRule?: string) =>
      compiled({
        defaults: weightRule && { weightRule },
        tasks: [
          { id: 'a', run, priority: 2 },
          { id: 'b', run, dependsOn: ['a'], priority: 3 },
          { id: 'c', run, dependsOn: ['b'], weightRule: 'upstream' },
        ],
      }).tasks.map(({ priority }) => priority);
    expect(priorities()).toStrictEqual([2, 3, 6]);
    expect(priorities('downstream')).toStrictEqual([6, 4, 6]);
  });
});
