import { schedulerServiceFactory } from '@backstage/backend-defaults/scheduler';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { createServiceFactory } from '@backstage/backend-plugin-api';
import searchPlugin from '@backstage/plugin-search-backend';
import request from 'supertest';
import { searchModuleMaestro } from './module';

const pipeline = (
  name: string,
  more: Partial<Entity['metadata']>,
  task: string,
) =>
  ({
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name, namespace: 'default', ...more },
    spec: {
      type: name.split('_')[1],
      owner: 'group:default/ml-team',
      lifecycle: 'production',
      tasks: [{ id: task, run: { command: ['true'] } }],
    },
  } as Entity);

describe('pipelines in the search of a real backend', () => {
  let stop: () => Promise<void>;
  let server: Parameters<typeof request>[0];

  beforeAll(async () => {
    const entities = [
      pipeline(
        'model_training_pipeline',
        { description: 'Trains the flights model', tags: ['boosting'] },
        'fit_trees',
      ),
      pipeline('data_validation_pipeline', {}, 'check_schema'),
      {
        apiVersion: 'backstage.io/v1alpha1',
        kind: 'Component',
        metadata: { name: 'training-docs' },
        spec: {},
      },
    ];
    const backend = await startTestBackend({
      features: [
        searchPlugin,
        // The mocked one runs nothing that is scheduled after the start.
        schedulerServiceFactory,
        searchModuleMaestro,
        createServiceFactory({
          service: catalogServiceRef,
          deps: {},
          factory: () => catalogServiceMock({ entities }),
        }),
        mockServices.rootConfig.factory({
          data: {
            search: {
              collators: {
                pipeline: {
                  schedule: {
                    frequency: { seconds: 5 },
                    timeout: { minutes: 1 },
                  },
                },
              },
            },
          },
        }),
      ],
    });
    stop = () => backend.stop();
    server = backend.server;
  }, 180_000);
  afterAll(() => stop?.());

  const search = async (term: string) => {
    const answer = await request(server)
      .get('/api/search/query')
      .query({ term, 'types[0]': 'pipeline' })
      .set('Authorization', mockCredentials.user.header());
    return (answer.body.results ?? []).map(
      (result: { document: { location: string } }) => result.document.location,
    );
  };
  const training = '/catalog/default/pipeline/model_training_pipeline';

  it('finds them once the index is built, and only pipelines', async () => {
    const end = Date.now() + 60_000;
    while ((await search('training')).length === 0 && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(await search('training')).toEqual([training]);
  });

  it.each`
    by                      | term
    ${'name'}               | ${'model_training_pipeline'}
    ${'a word of the name'} | ${'training'}
    ${'its description'}    | ${'flights'}
    ${'a tag'}              | ${'boosting'}
    ${'a task'}             | ${'fit_trees'}
  `('finds one by $by', async ({ term }) => {
    expect(await search(term)).toContain(training);
  });

  it('finds nothing for a word that is nowhere', async () => {
    expect(await search('zebrafish')).toEqual([]);
  });
});
