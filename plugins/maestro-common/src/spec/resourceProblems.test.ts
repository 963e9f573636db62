import { entity, saidOf } from '../__testUtils__/entity';
import { resourcePodSelector } from '../core/kubernetes/resourceExpressions';
import { compilePipeline, type PipelineEntity } from './compilePipeline';

const job = {
  manifest: { apiVersion: 'batch/v1', kind: 'Job', spec: {} },
  success: 'status.succeeded >= 1',
};

const said = (step: object, task: object = {}) =>
  saidOf({
    tasks: [{ id: 'a', 'kubernetes.resource': { ...job, ...step }, ...task }],
  });

const manifest = (changes: object) => ({
  manifest: { ...job.manifest, ...changes },
});

it('takes a good one, and one of a mapped task', () => {
  expect(said({})).toStrictEqual([]);
  expect(
    said(manifest({ spec: { n: '${{ item }}' } }), { map: { over: [1] } }),
  ).toStrictEqual([]);
});

it.each([
  ['a pod, which has no group', manifest({ apiVersion: 'v1' }), 'batch/v1'],
  [
    'a kind that is computed',
    manifest({ kind: '${{ params.k }}' }),
    'is no kind',
  ],
  ['a name', manifest({ metadata: { name: 'x' } }), 'made from the attempt'],
  [
    'a namespace',
    manifest({ metadata: { namespace: 'kube-system' } }),
    'the installation places pipelines',
  ],
  [
    'a label of Maestro',
    manifest({ metadata: { labels: { 'maestro.dev/attempt': 'x' } } }),
    'is set by Maestro',
  ],
  [
    'a label that is no text',
    manifest({ metadata: { labels: { n: 1 } } }),
    'must be a text',
  ],
  ['a status', manifest({ status: {} }), 'has no status'],
  [
    'too much',
    manifest({ spec: { x: 'y'.repeat(300_000) } }),
    'at most 262144',
  ],
  ['a condition that does not parse', { success: 'status.' }, 'success'],
  ['a condition that is no bool', { success: '1 + 1' }, 'expected a bool'],
  [
    'a condition about the run',
    { failure: 'status.n == params.n' },
    'uses params; about a resource there are only object and status',
  ],
  ['an output that does not parse', { outputs: { a: ')' } }, 'outputs.a'],
  [
    'an unknown param in the manifest',
    manifest({ spec: { n: '${{ params.nope }}' } }),
    'params.nope',
  ],
  [
    'its own status in the manifest',
    manifest({ spec: { n: '${{ status.n }}' } }),
    'known only where',
  ],
])('refuses %s', (_, step, words) => {
  expect(said(step).join('\n')).toContain(words);
});

it('warns of what has no effect', () => {
  expect(said({}, { image: 'x' }).join()).toContain('"image" has no effect');
});

it('is an attempt of its own executor, that ends after a week at the latest', () => {
  const { tasks } = compilePipeline(
    entity({
      defaults: { image: 'x', connections: ['c'], kubernetes: { queue: 'q' } },
      tasks: [{ id: 'a', 'kubernetes.resource': job }],
    }) as unknown as PipelineEntity,
  );
  expect(tasks[0]).toMatchObject({
    kind: 'run',
    executor: 'kubernetes.resource',
    connections: [],
    variables: [],
    timeoutMs: 604_800_000,
    resource: {
      keep: 'never',
      logs: { pods: 'job-name=${{ object.metadata.name }}' },
    },
  });
  expect(tasks[0].image).toBeUndefined();
  expect(tasks[0].kubernetes).toBeUndefined();
});

const find = (template: string) =>
  resourcePodSelector(template, {
    metadata: { name: 'maestro-1' },
    status: { cluster: 'maestro-1-xyz' },
  });

it.each([
  ['job-name=${{ object.metadata.name }}', 'job-name=maestro-1'],
  ['ray=${{ status.cluster }}', 'ray=maestro-1-xyz'],
])('fills the selector %s', (template, expected) => {
  expect(find(template)).toBe(expected);
});

it.each([
  ['app=other', /finds pods of others/],
  ['app!=${{ object.metadata.name }}', /finds pods of others/],
  ['${{ status.nothing }}', /nothing/i],
])('does not take the selector %s', (template, expected) => {
  expect(() => find(template)).toThrow(expected);
});
