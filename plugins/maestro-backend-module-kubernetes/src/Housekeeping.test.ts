import type { V1Pod } from '@kubernetes/client-node';
import { Housekeeping } from './Housekeeping';
import { FINALIZER, LABEL } from './pod/names';

const MINUTE = 60_000;

function setUp() {
  let now = 0;
  const removed: string[] = [];
  const released: string[] = [];
  const housekeeping = new Housekeeping({
    api: {
      listConfigMaps: async () =>
        ['a', 'b'].map(name => ({ metadata: { name } })),
      deleteConfigMap: async (_, name) => {
        removed.push(name);
      },
    },
    objects: {
      release: async pod => {
        released.push(pod.metadata!.uid!);
      },
    },
    selector: 'x',
    keepSourcesMs: 60 * 60_000,
    now: () => now,
  });
  return {
    removed,
    released,
    used: (name: string) => housekeeping.used('ml', name),
    async at(minutes: number, ...pods: V1Pod[]) {
      now = minutes * MINUTE;
      await housekeeping.look(new Map([['ml', pods]]));
    },
  };
}

const pod = (changes: {
  sources?: string;
  deleted?: boolean;
  phase?: string;
}): V1Pod => ({
  metadata: {
    uid: 'u',
    finalizers: [FINALIZER],
    labels: changes.sources ? { [LABEL.sources]: changes.sources } : {},
    ...(changes.deleted ? { deletionTimestamp: new Date(0) } : {}),
  },
  spec: { containers: [], nodeName: 'n' },
  status: { phase: changes.phase ?? 'Running' },
});

it('removes sources an hour after the last pod that used them', async () => {
  const { at, removed } = setUp();
  await at(0, pod({ sources: 'a' }));
  await at(10);
  await at(59);
  expect(removed).toEqual([]);
  await at(70, pod({ sources: 'a' }));
  expect(removed).toEqual(['b']);
  await at(80, pod({ sources: 'a' }));
  await at(90);
  await at(140);
  expect(removed.filter(name => name === 'a')).toEqual([]);
  await at(151);
  expect(removed).toContain('a');
});

it('counts a pod that lives between two looks, and a launch, as use', async () => {
  const { at, used, removed } = setUp();
  await at(0);
  await at(55, pod({ sources: 'a' }));
  await at(56);
  used('b');
  await at(65);
  await at(100);
  expect(removed).toEqual([]);
  await at(126);
  expect(removed).toEqual(['a', 'b']);
});

it('holds a deleted pod for its outcome, but not for ever', async () => {
  const { at, released } = setUp();
  const deleted = pod({ deleted: true, phase: 'Failed' });
  await at(0, deleted);
  await at(4.9, deleted);
  expect(released).toEqual([]);
  await at(5, deleted);
  expect(released).toEqual(['u']);
});

it('holds what is not deleted, or runs on, as long as it takes', async () => {
  const { at, released } = setUp();
  for (const minutes of [0, 100]) {
    await at(minutes, pod({ phase: 'Succeeded' }));
    await at(minutes + 50, pod({ deleted: true }));
  }
  expect(released).toEqual([]);
});
