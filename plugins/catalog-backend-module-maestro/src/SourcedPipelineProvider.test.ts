import { mockServices } from '@backstage/backend-test-utils';
import type { SourcedPipelineEntry } from '@maestro/plugin-maestro-common';
import { PipelineValidator } from './PipelineValidator';
import { SourcedPipelineProvider } from './SourcedPipelineProvider';

const dag: SourcedPipelineEntry = {
  name: 'my_ml_workflow',
  ownerRef: 'group:default/ml-team',
  type: 'airflow',
  title: 'My workflow',
  description: 'trains',
  tags: ['ml', 'Two words', '!!!', 'ML'],
  location: 'airflow:ml/my_ml_workflow.py',
};

async function setUp() {
  const logger = mockServices.logger.mock();
  const applyMutation = jest.fn();
  const state: { items: SourcedPipelineEntry[] | Error } = { items: [dag] };
  const provider = new SourcedPipelineProvider({
    logger,
    async list() {
      if (state.items instanceof Error) throw state.items;
      return state.items;
    },
  });
  await provider.connect({ applyMutation, refresh: jest.fn() });
  return { logger, applyMutation, state, provider };
}

it('gives the catalog an entity of each pipeline that the scheduler has', async () => {
  const { applyMutation, provider } = await setUp();
  await provider.refresh();
  expect(applyMutation).toHaveBeenCalledWith({
    type: 'full',
    entities: [
      {
        locationKey: 'maestro-sourced-pipelines',
        entity: {
          apiVersion: 'maestro.dev/v1alpha1',
          kind: 'Pipeline',
          metadata: {
            name: 'my_ml_workflow',
            title: 'My workflow',
            description: 'trains',
            tags: ['ml', 'two-words'],
            annotations: {
              'backstage.io/managed-by-location':
                'airflow:ml/my_ml_workflow.py',
              'backstage.io/managed-by-origin-location':
                'airflow:ml/my_ml_workflow.py',
              'maestro.dev/pipeline-source': 'airflow:ml/my_ml_workflow.py',
            },
          },
          spec: {
            type: 'airflow',
            owner: 'group:default/ml-team',
            lifecycle: 'production',
          },
        },
      },
    ],
  });
});

it('tells the catalog only what changed, and nothing while the scheduler is away', async () => {
  const { applyMutation, state, provider, logger } = await setUp();
  await provider.refresh();
  await provider.refresh();
  state.items = new Error('503');
  await provider.refresh();
  await provider.refresh();
  expect(applyMutation).toHaveBeenCalledTimes(1);
  expect(logger.warn).toHaveBeenCalledTimes(1);
  state.items = [];
  await provider.refresh();
  expect(applyMutation).toHaveBeenLastCalledWith({
    type: 'full',
    entities: [],
  });
});

it('keeps the name of a pipeline that the catalog does not take', async () => {
  const { applyMutation, state, provider } = await setUp();
  state.items = [{ ...dag, name: 'x'.repeat(100) }];
  await provider.refresh();
  const [{ entity }] = applyMutation.mock.calls[0][0].entities;
  expect(entity.metadata.name).toMatch(/^x{54}-[0-9a-f]{8}$/);
  expect(entity.metadata.annotations['maestro.dev/pipeline-name']).toBe(
    'x'.repeat(100),
  );
});

it('gives entities that the validator lets pass, which refuses others without tasks', async () => {
  const { applyMutation, provider } = await setUp();
  await provider.refresh();
  const [{ entity }] = applyMutation.mock.calls[0][0].entities;
  const validator = new PipelineValidator();
  const location = { type: 'airflow', target: 'ml/x.py' };
  expect(await validator.preProcessEntity(entity, location)).toBe(entity);
  const bare = { ...entity, metadata: { name: 'x' } };
  await expect(validator.preProcessEntity(bare, location)).rejects.toThrow(
    /tasks/,
  );
});
