import { entity, run, type Loose } from '../__testUtils__/entity';
import { compilePipeline, type PipelineEntity } from './compilePipeline';

const compiled = (spec: Loose) =>
  compilePipeline(entity(spec) as PipelineEntity);

describe('what a task says of its pod, and what the defaults say', () => {
  it.each<[string, Loose | undefined, Loose | undefined, Loose | undefined]>([
    // [what, defaults, task, definition]
    ['nothing', undefined, undefined, undefined],
    [
      'only the defaults',
      { serviceAccount: 'jobs' },
      undefined,
      { serviceAccount: 'jobs' },
    ],
    [
      'only the task',
      undefined,
      { startTimeout: 'PT5M' },
      { startTimeoutMs: 300_000 },
    ],
    [
      'both: the task of the same, the defaults of the rest',
      { serviceAccount: 'jobs', startTimeout: 'PT1M' },
      { startTimeout: 'PT5M' },
      { serviceAccount: 'jobs', startTimeoutMs: 300_000 },
    ],
    [
      'more memory, by the usual factor',
      undefined,
      { moreMemory: { max: '4Gi' } },
      { moreMemory: { factor: 2, max: '4Gi' } },
    ],
    [
      'more memory, by a factor of its own',
      { moreMemory: { max: '4Gi' } },
      { moreMemory: { factor: 1.5, max: '8Gi' } },
      { moreMemory: { factor: 1.5, max: '8Gi' } },
    ],
  ])('%s', (_, defaults, own, expected) => {
    const { tasks } = compiled({
      ...(defaults && { defaults: { kubernetes: defaults } }),
      tasks: [{ id: 'a', run, ...(own && { kubernetes: own }) }],
    });
    expect(tasks[0].kubernetes).toStrictEqual(expected);
  });
});

it('keeps webhooks as they are written', () => {
  const webhooks = [{ id: 'push', params: { n: 'request.body.n' } }];
  expect(compiled({ webhooks }).webhooks).toStrictEqual(webhooks);
});
