import { readPodSettings } from './podSettings';

it('reads what a pod is like as defaults of a pipeline say it', () => {
  expect(
    readPodSettings({
      image: 'ml:1',
      resources: { limits: { memory: '2Gi' } },
      kubernetes: {
        pullPolicy: 'Always',
        startTimeout: 'PT5M',
        moreMemory: { max: '8Gi' },
      },
    }),
  ).toEqual({
    settings: {
      image: 'ml:1',
      resources: { limits: { memory: '2Gi' } },
      kubernetes: {
        pullPolicy: 'Always',
        startTimeoutMs: 300_000,
        moreMemory: { factor: 2, max: '8Gi' },
      },
    },
  });
  expect(readPodSettings({})).toEqual({ settings: {} });
});

it.each<[string, unknown, string]>([
  ['an unknown field', { images: 'x' }, 'images'],
  ['an empty image', { image: '' }, 'image: '],
  [
    'an unknown policy',
    { kubernetes: { pullPolicy: 'Sometimes' } },
    'kubernetes.pullPolicy: ',
  ],
  [
    'what the executor decides',
    { kubernetes: { podSpec: { restartPolicy: 'Always' } } },
    'kubernetes.podSpec.restartPolicy: ',
  ],
  ['no object at all', 'ml:1', 'expected object'],
])('refuses %s, and says where', (_, written, said) => {
  expect(readPodSettings(written)).toEqual({
    problem: expect.stringContaining(said),
  });
});
