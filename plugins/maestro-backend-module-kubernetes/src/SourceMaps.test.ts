import type { V1ConfigMap } from '@kubernetes/client-node';
import { ClusterError } from './cluster/ClusterError';
import type { PodSources } from './pod/sources';
import { SourceMaps } from './SourceMaps';

const MINUTE = 60_000;

const sourcesOf = (name: string): PodSources => ({
  name,
  configMap: { metadata: { name, namespace: 'ml' } },
  items: [],
});

/** Sources `a` in namespace `ml` of a cluster in memory. */
function setUp() {
  const there = new Set<string>();
  const asked: string[] = [];
  let now = 0;
  let broken = false;
  const maps = new SourceMaps({
    api: {
      createConfigMap: async ({ metadata }: V1ConfigMap) => {
        asked.push(metadata!.name!);
        await null;
        if (broken) throw new Error('the API server is away');
        if (there.has(metadata!.name!)) {
          throw new ClusterError(409, 'AlreadyExists', 'it is there');
        }
        there.add(metadata!.name!);
      },
      listConfigMaps: async (_, selector) =>
        [...there]
          .filter(name => selector.endsWith(`=${name}`))
          .map(name => ({ metadata: { name } })),
    },
    validMs: 10 * MINUTE,
    patienceMs: 2 * MINUTE,
    now: () => now,
  });
  return {
    maps,
    there,
    asked,
    at(minutes: number) {
      now = minutes * MINUTE;
    },
    breakDown(on: boolean) {
      broken = on;
    },
    launch: (attempt: string, name = 'a') =>
      maps.ensure(attempt, 'ml', sourcesOf(name)),
    mend: (attempt: string) => maps.mend(attempt, 'ml', 'a'),
  };
}

it('makes sources once for all pods of a while', async () => {
  const { launch, asked, at } = setUp();
  await Promise.all([launch('1'), launch('2'), launch('3', 'b')]);
  expect(asked).toEqual(['a', 'b']);
  at(9);
  await launch('4');
  expect(asked).toEqual(['a', 'b']);
  at(10);
  await launch('5');
  expect(asked).toEqual(['a', 'b', 'a']);
});

it('takes what another process made', async () => {
  const { launch, asked, there } = setUp();
  there.add('a');
  await launch('1');
  await launch('2');
  expect(asked).toEqual(['a']);
});

it('makes them anew when house-keeping has removed them', async () => {
  const { launch, asked, maps } = setUp();
  await launch('1');
  maps.gone('ml', 'a');
  await launch('2');
  expect(asked).toEqual(['a', 'a']);
});

it('does not remember what failed', async () => {
  const { launch, asked, breakDown, there } = setUp();
  breakDown(true);
  await expect(Promise.all([launch('1'), launch('2')])).rejects.toThrow('away');
  breakDown(false);
  await launch('1');
  expect([asked, [...there]]).toEqual([['a', 'a'], ['a']]);
});

it('makes them again for a pod that misses them', async () => {
  const { launch, there, mend } = setUp();
  await launch('1');
  there.delete('a');
  expect(await mend('1')).toBeUndefined();
  expect([...there]).toEqual(['a']);
});

it('keeps their content only while a pod may miss them', async () => {
  const { launch, there, mend, maps, at } = setUp();
  await launch('1');
  maps.started('1');
  there.delete('a');
  expect(await mend('2')).toBeUndefined();
  at(1.9);
  expect(await mend('2')).toBeUndefined();
  at(2);
  expect(await mend('2')).toMatch(
    'ConfigMap ml/a with its sources was removed by somebody',
  );
  expect([...there]).toEqual([]);
});

it('waits on for a pod whose words are old', async () => {
  const { there, mend, at } = setUp();
  expect(await mend('2')).toBeUndefined();
  there.add('a');
  at(5);
  expect(await mend('2')).toBeUndefined();
});
