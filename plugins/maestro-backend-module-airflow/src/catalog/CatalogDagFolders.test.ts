import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import type { ParseProcess } from '../parse/ParseProcess';
import { readAirflowSettings } from '../source/settings';
import { CatalogDagFolders } from './CatalogDagFolders';
import { copiesFolder } from './copiesFolder';

const entity = (
  name: string,
  {
    owner = 'ml',
    dags = './dags',
    environment = undefined as string | undefined,
  } = {},
): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name,
    annotations: {
      'backstage.io/managed-by-location': `url:https://git.example/${name}/info.yaml`,
      'maestro.dev/airflow-dags': dags,
      ...(environment
        ? { 'maestro.dev/airflow-environment': environment }
        : {}),
    },
  },
  spec: { owner },
});

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'maestro-catalog-dags-'));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

function setUp() {
  const entities: Entity[] = [];
  const started: string[] = [];
  const stopped: string[] = [];
  let isAway = false;
  const { catalog: settings, environments } = readAirflowSettings(
    mockServices.rootConfig({
      data: {
        maestro: {
          airflow: {
            environments: { own: { python: '/own' } },
            catalog: {
              allow: [{ owners: ['ml'], environments: ['own', 'b'] }],
            },
          },
        },
      },
    }),
    '/',
  );
  const finder = new CatalogDagFolders({
    auth: mockServices.auth(),
    catalog: {
      ...catalogServiceMock(),
      queryEntities: async (...args) => {
        if (isAway) throw new Error('the catalog is away');
        return catalogServiceMock({ entities }).queryEntities(...args);
      },
    },
    urlReader: mockServices.urlReader.mock(),
    settings,
    environments,
    folderIntervalMs: 5,
    dir: temp,
    startProcess: ({ name }) => {
      started.push(name);
      return {
        stop: async () => {
          stopped.push(name);
        },
      } as Partial<ParseProcess> as ParseProcess;
    },
  });
  return {
    entities,
    finder,
    started,
    stopped,
    goAway: () => {
      isAway = true;
    },
  };
}

it('finds the entities that have DAG files and may, the same as long as they are', async () => {
  const { entities, finder, started, stopped } = setUp();
  const plain = entity('plain');
  delete plain.metadata.annotations!['maestro.dev/airflow-dags'];
  entities.push(
    entity('a'),
    entity('b'),
    entity('risk', { owner: 'r' }),
    plain,
  );
  const first = await finder.find();
  expect(first.sources.map(({ place }) => place)).toEqual([
    'airflow:catalog:component:default:a/',
    'airflow:catalog:component:default:b/',
  ]);
  expect(first.problems).toEqual([
    {
      location: 'airflow:catalog:component:default:risk/',
      problem: {
        path: 'metadata.annotations["maestro.dev/airflow-dags"]',
        message: expect.stringMatching(
          /^No rule of maestro\.airflow\.catalog\.allow fits component:default\/risk of group:default\/r .*add a rule/,
        ),
      },
    },
  ]);
  const again = await finder.find();
  expect(again.sources[0]).toBe(first.sources[0]);
  expect(again.sources[1]).toBe(first.sources[1]);
  // One process for both.
  expect([started, stopped]).toEqual([['own'], []]);
});

it('makes another source of an entity that is another, and none of one that is gone', async () => {
  const { entities, finder, started, stopped } = setUp();
  entities.push(entity('a'), entity('b'));
  const before = (await finder.find()).sources;
  mkdirSync(join(copiesFolder(temp), 'component+default+a/lib'), {
    recursive: true,
  });
  mkdirSync(join(copiesFolder(temp), 'component+default+b'));
  entities.splice(0, 2, entity('a', { environment: 'b' }));
  const { sources } = await finder.find();
  expect(sources).toHaveLength(1);
  expect(sources[0].place).toBe(before[0].place);
  expect(sources[0]).not.toBe(before[0]);
  expect(existsSync(join(copiesFolder(temp), 'component+default+a/lib'))).toBe(
    true,
  );
  expect(existsSync(join(copiesFolder(temp), 'component+default+b'))).toBe(
    false,
  );
  expect([started, stopped]).toEqual([['own', 'b'], ['own']]);
  entities.length = 0;
  expect(await finder.find()).toEqual({ sources: [], problems: [] });
  expect(stopped).toEqual(['own', 'b']);
});

it('finds nothing out of a catalog that is away', async () => {
  const { entities, finder, goAway, stopped } = setUp();
  entities.push(entity('a'));
  await finder.find();
  goAway();
  await expect(finder.find()).rejects.toThrow('the catalog is away');
  expect(stopped).toEqual([]);
});
