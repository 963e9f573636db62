import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import {
  createBackendModule,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import type { Entity } from '@backstage/catalog-model';
import {
  type CatalogService,
  catalogServiceRef,
} from '@backstage/plugin-catalog-node';

import { eventsServiceRef } from '@backstage/plugin-events-node';
import { catalogModuleMaestro } from './module';

const BUILT_IN = `
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: ml-team}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [ml-team]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: flights}
spec: {owner: ml-team}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: feature-store}
spec: {type: database, owner: ml-team, system: flights}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: web}
spec: {type: service, lifecycle: production, owner: ml-team}
`;

const GOOD = `
apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: {name: model_training_pipeline, tags: [ml]}
spec:
  type: training
  owner: group:default/ml-team
  system: flights
  dependsOn: ['resource:default/feature-store']
  schedule: {cron: '0 4 * * 0'}
  tasks:
    - {id: train, run: {command: [python, train.py]}}
    - {id: evaluate, dependsOn: [train], run: {command: [python, evaluate.py]}}
`;

const BAD = `
apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: {name: broken}
spec:
  type: training
  owner: group:default/ml-team
  tasks:
    - {id: a, dependsOn: [b], run: {command: ['true']}}
    - {id: b, dependsOn: [a], run: {command: ['true']}}
`;

describe('the kind Pipeline in a real catalog', () => {
  let folder: string;
  let catalog: CatalogService;
  const errors: string[] = [];
  let stop: () => Promise<void>;

  const eventually = async <T>(find: () => Promise<T | undefined>) => {
    const end = Date.now() + 60_000;
    for (;;) {
      const found = await find();
      if (found) return found;
      if (Date.now() > end) throw new Error('it did not appear in time');
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  const entity = async (ref: string) =>
    eventually<Entity>(() =>
      catalog.getEntityByRef(ref, {
        credentials: mockCredentials.service(),
      }),
    );
  const relations = (found: Entity) =>
    (found.relations ?? []).map(r => `${r.type} ${r.targetRef}`).sort();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maestro-catalog-'));
    await writeFile(join(folder, 'built-in.yaml'), BUILT_IN);
    await writeFile(join(folder, 'good.yaml'), GOOD);
    await writeFile(join(folder, 'bad.yaml'), BAD);
    const backend = await startTestBackend({
      features: [
        catalogPlugin,
        catalogModuleMaestro,
        createBackendPlugin({
          pluginId: 'probe',
          register(reg) {
            reg.registerInit({
              deps: { catalog: catalogServiceRef },
              async init(deps) {
                catalog = deps.catalog;
              },
            });
          },
        }),
        createBackendModule({
          pluginId: 'catalog',
          moduleId: 'error-listener',
          register(reg) {
            reg.registerInit({
              deps: { events: eventsServiceRef },
              async init({ events }) {
                await events.subscribe({
                  id: 'errors',
                  topics: ['experimental.catalog.errors'],
                  onEvent: async ({ eventPayload }) => {
                    const { location, errors: found } = eventPayload as {
                      location: string;
                      errors: Error[];
                    };
                    found.forEach(e => errors.push(`${location} ${e}`));
                  },
                });
              },
            });
          },
        }),
        mockServices.rootConfig.factory({
          data: {
            backend: {
              database: { client: 'better-sqlite3', connection: ':memory:' },
            },
            catalog: {
              processingInterval: { seconds: 1 },
              rules: [
                {
                  allow: [
                    'Pipeline',
                    'Group',
                    'User',
                    'System',
                    'Resource',
                    'Component',
                    'Location',
                  ],
                },
              ],
              locations: ['built-in', 'good', 'bad'].map(name => ({
                type: 'file',
                target: join(folder, `${name}.yaml`),
              })),
            },
          },
        }),
      ],
    });
    stop = () => backend.stop();
  }, 180_000);

  afterAll(async () => {
    await stop?.();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows a pipeline with owner, system and what it depends on', async () => {
    const found = await eventually(async () => {
      const pipeline = await entity('pipeline:default/model_training_pipeline');
      return relations(pipeline).length >= 3 ? pipeline : undefined;
    });
    expect(relations(found)).toEqual([
      'dependsOn resource:default/feature-store',
      'ownedBy group:default/ml-team',
      'partOf system:default/flights',
    ]);
    expect(found.spec?.tasks).toHaveLength(2);
  });

  it('shows the other side of each relation on built-in kinds', async () => {
    const has = (ref: string, relation: string) =>
      eventually(async () =>
        relations(await entity(ref)).includes(relation) ? true : undefined,
      );
    const target = 'pipeline:default/model_training_pipeline';
    expect(await has('group:default/ml-team', `ownerOf ${target}`)).toBe(true);
    expect(await has('system:default/flights', `hasPart ${target}`)).toBe(true);
    expect(
      await has('resource:default/feature-store', `dependencyOf ${target}`),
    ).toBe(true);
  });

  it('leaves the built-in kinds as they are', async () => {
    const user = await entity('user:default/ada');
    expect(relations(user)).toContain('memberOf group:default/ml-team');
    const resource = await entity('resource:default/feature-store');
    expect(relations(resource)).toContain('partOf system:default/flights');
    await entity('component:default/web');
  });

  it('refuses a cycle, and says where and what', async () => {
    const message = await eventually(async () =>
      errors.find(text => text.includes('broken')),
    );
    expect(message).toContain('bad.yaml');
    expect(message).toMatch(/cycle/i);
    expect(
      await catalog.getEntityByRef('pipeline:default/broken', {
        credentials: mockCredentials.service(),
      }),
    ).toBeUndefined();
  });
});
