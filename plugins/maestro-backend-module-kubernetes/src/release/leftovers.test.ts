import type { V1Pod } from '@kubernetes/client-node';
import { FINALIZER, LABEL } from '../pod/names';
import {
  configMapLeftover,
  podLeftover,
  secretLeftover,
  secretOf,
} from './leftovers';

const labels = {
  [LABEL.managedBy]: 'maestro',
  [LABEL.instance]: 'one',
  [LABEL.attempt]: 'a1',
};
const metadata = { namespace: 'ml', name: 'maestro-a1', labels };

function pod(
  status: V1Pod['status'],
  more: Partial<NonNullable<V1Pod['metadata']>> = {},
  spec?: object,
): V1Pod {
  return {
    metadata: { ...metadata, ...more },
    status,
    spec: spec as V1Pod['spec'],
  };
}

describe('what a pod is', () => {
  it.each<[string, V1Pod, boolean]>([
    ['ended', pod({ phase: 'Succeeded' }), false],
    ['ended', pod({ phase: 'Failed' }), false],
    [
      'ended, deleted, held by maestro.dev/outcome, x/y',
      pod(
        { phase: 'Succeeded' },
        { deletionTimestamp: new Date(), finalizers: [FINALIZER, 'x/y'] },
      ),
      false,
    ],
    ['WAITS TO RUN', pod({ phase: 'Pending' }), true],
    [
      // A kubelet that is away may still run it.
      'WAITS TO RUN, deleted',
      pod(
        { phase: 'Unknown' },
        { deletionTimestamp: new Date() },
        { nodeName: 'n' },
      ),
      true,
    ],
    [
      'ended, deleted',
      pod({ phase: 'Pending' }, { deletionTimestamp: new Date() }),
      false,
    ],
  ])('%s', (state, seen, isRunning) => {
    expect(podLeftover(seen)).toMatchObject({
      kind: 'Pod',
      instance: 'one',
      state,
      isRunning,
    });
  });
});

describe('what only looks like it', () => {
  it.each([
    ['another name', { name: 'web' }],
    ['no attempt', { labels: { ...labels, [LABEL.attempt]: '' } }],
    ['no instance', { labels: { ...labels, [LABEL.instance]: '' } }],
    ['managed by others', { labels: { ...labels, [LABEL.managedBy]: 'helm' } }],
    // It goes with its ledger, or was asked to stay.
    ['of a resource', { labels: { ...labels, [LABEL.resource]: 'true' } }],
    ['nothing', { labels: undefined, name: undefined, namespace: undefined }],
  ])('stays: %s', (_, change) => {
    expect(podLeftover(pod({ phase: 'Running' }, change))).toBeUndefined();
    expect(secretLeftover({ ...metadata, ...change })).toBeUndefined();
  });

  it('stays: a ConfigMap that is neither sources nor ledger', () => {
    expect(configMapLeftover({ metadata })).toBeUndefined();
    expect(
      configMapLeftover({
        metadata: {
          ...metadata,
          name: 'mine',
          labels: { ...labels, [LABEL.sources]: 'maestro-sources-1' },
        },
      }),
    ).toBeUndefined();
    expect(configMapLeftover({})).toBeUndefined();
  });
});

it('tells sources from ledgers, and takes one that was edited too', () => {
  const name = 'maestro-sources-1';
  expect(
    configMapLeftover({
      metadata: {
        namespace: 'ml',
        name,
        labels: {
          [LABEL.managedBy]: 'maestro',
          [LABEL.instance]: 'one',
          [LABEL.sources]: name,
        },
      },
    }),
  ).toMatchObject({ what: 'sources', isRunning: false });
  const ledger = (data?: Record<string, string>) =>
    configMapLeftover({
      metadata: {
        ...metadata,
        labels: { ...labels, [LABEL.resource]: 'true' },
      },
      data,
    });
  const data = { kind: '{"name":"batch/v1/Job"}', asked: '{}' };
  expect(ledger(data)).toMatchObject({
    what: 'ledger',
    state: 'NOT ENDED, batch/v1/Job goes with it',
    isRunning: true,
  });
  expect(ledger({ ...data, settled: '{}' })).toMatchObject({
    state: 'ended, batch/v1/Job goes with it',
    isRunning: false,
  });
  const broken: Array<Record<string, string> | undefined> = [
    undefined,
    {},
    { kind: 'x' },
    { ...data, kind: 'null' },
  ];
  for (const edited of broken) {
    expect(ledger(edited)).toMatchObject({ state: 'not readable' });
  }
});

it('knows the Secret of a pod by its name', () => {
  const found = podLeftover(pod({ phase: 'Succeeded' }))!;
  expect(secretOf(found)).toMatchObject({
    kind: 'Secret',
    namespace: 'ml',
    name: 'maestro-a1',
    instance: 'one',
  });
});
