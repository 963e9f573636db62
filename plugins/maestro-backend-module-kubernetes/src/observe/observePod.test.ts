import type { V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { ANNOTATION, LABEL } from '../pod/names';
import { observePod } from './observePod';
import { verdict } from './verdict';

const CREATED = new Date('2026-11-27T01:00:00Z');
const NOW = CREATED.getTime() + 60_000;

function pod(
  status: V1PodStatus,
  changes: { deleted?: boolean; node?: string | null; end?: object } = {},
): V1Pod {
  return {
    metadata: {
      name: 'maestro-a',
      namespace: 'ml',
      creationTimestamp: CREATED,
      labels: { [LABEL.attempt]: 'a' },
      annotations: changes.end
        ? { [ANNOTATION.end]: JSON.stringify(changes.end) }
        : {},
      ...(changes.deleted ? { deletionTimestamp: CREATED } : {}),
    },
    spec: {
      containers: [{ name: 'task', resources: { limits: { memory: '64Mi' } } }],
      ...(changes.node === null ? {} : { nodeName: changes.node ?? 'n1' }),
    },
    status,
  };
}

const container = (state: object): V1PodStatus => ({
  containerStatuses: [
    {
      name: 'task',
      image: 'ml:1',
      imageID: '',
      ready: false,
      restartCount: 0,
      state,
    },
  ],
});
const ended = (
  exitCode: number,
  rest: { message?: string; reason?: string } = {},
): V1PodStatus =>
  container({
    terminated: { exitCode, startedAt: CREATED, finishedAt: CREATED, ...rest },
  });
const said = (text: string, code = 0) =>
  ended(code, { message: `maestro/1 ${text}\n` });
const waiting = (reason: string, message?: string) =>
  container({ waiting: { reason, message } });
const disrupted = (reason: string) => ({
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason }],
});

describe('phase', () => {
  it.each<[string, V1Pod, string]>([
    ['new', pod({}), 'starting'],
    ['pulls its image', pod(waiting('ContainerCreating')), 'starting'],
    ['runs', pod(container({ running: { startedAt: CREATED } })), 'running'],
    ['said how it ended', pod(said('exit 0 none 0')), 'ended'],
    ['ended without words: the phase comes', pod(ended(137)), 'starting'],
    [
      'was killed: that memory ran out may come with the phase',
      pod(said('signal 137 none 0', 137)),
      'starting',
    ],
    [
      'was killed, and why is known',
      pod(
        ended(137, {
          message: 'maestro/1 signal 137 none 0\n',
          reason: 'OOMKilled',
        }),
      ),
      'ended',
    ],
    [
      'was killed by us',
      pod(said('signal 137 none 0', 137), {
        end: { failure: 'cancelled', message: 'It was cancelled' },
      }),
      'ended',
    ],
    [
      'was killed by somebody who deleted it',
      pod(said('signal 137 none 0', 137), { deleted: true }),
      'ended',
    ],
    ['and then', pod({ ...ended(137), phase: 'Failed' }), 'ended'],
    [
      'deleted while it runs',
      pod(container({ running: {} }), { deleted: true }),
      'running',
    ],
    [
      'deleted before a node took it',
      pod({}, { deleted: true, node: null }),
      'ended',
    ],
    ['deleted while a node has it', pod({}, { deleted: true }), 'starting'],
  ])('%s', (_, of, phase) => {
    expect(observePod(of).phase).toBe(phase);
  });
});

const failed = (status: V1PodStatus) => ({ ...status, phase: 'Failed' });

describe('outcome', () => {
  it.each<[string, V1Pod, object]>([
    ['success', pod(said('exit 0 none 0')), { result: 'success' }],
    ['skipped', pod(said('exit 99 none 0', 99)), { result: 'skipped' }],
    [
      'an exit code',
      pod(said('exit 3 none 0', 3)),
      { failure: 'exit_code', exitCode: 3 },
    ],
    [
      'exit code 137 is no signal',
      pod(said('exit 137 none 0', 137)),
      { failure: 'exit_code' },
    ],
    [
      'a signal',
      pod(said('signal 139 none 0', 139)),
      { failure: 'signal', signal: 'SIGSEGV' },
    ],
    [
      'out of memory',
      pod(
        ended(137, {
          message: 'maestro/1 signal 137 none 0\n',
          reason: 'OOMKilled',
        }),
      ),
      { failure: 'oom' },
    ],
    [
      'out of memory, and the shell too',
      pod(failed(ended(137, { reason: 'OOMKilled' }))),
      { failure: 'oom' },
    ],
    [
      'a child ran out of memory, and it coped',
      pod(
        ended(0, { message: 'maestro/1 exit 0 none 0\n', reason: 'OOMKilled' }),
      ),
      { result: 'success' },
    ],
    [
      'evicted',
      pod({ ...failed(said('signal 143 none 0', 143)), reason: 'Evicted' }),
      { failure: 'evicted' },
    ],
    [
      'preempted',
      pod(
        {
          ...said('signal 143 none 0', 143),
          ...disrupted('PreemptionByScheduler'),
        },
        { deleted: true },
      ),
      { failure: 'evicted', message: expect.stringContaining('preempted') },
    ],
    [
      'its node is gone',
      pod(
        { phase: 'Failed', ...disrupted('DeletionByPodGC') },
        { deleted: true },
      ),
      { failure: 'lost' },
    ],
    [
      'deadline',
      pod({ phase: 'Failed', reason: 'DeadlineExceeded' }),
      { failure: 'timeout' },
    ],
    [
      'the node did not take it',
      pod({ phase: 'Failed', reason: 'OutOfcpu' }),
      { failure: 'evicted' },
    ],
    [
      'deleted by somebody',
      pod(said('signal 143 none 0', 143), { deleted: true }),
      { failure: 'evicted', message: expect.stringContaining('somebody else') },
    ],
    [
      'failed by itself while it was being deleted',
      pod(said('exit 3 none 0', 3), { deleted: true }),
      { failure: 'exit_code' },
    ],
    [
      'done although it was being deleted',
      pod(said('exit 0 none 0'), { deleted: true }),
      { result: 'success' },
    ],
    [
      'ended by Maestro, whatever the code',
      pod(said('exit 0 none 0'), {
        deleted: true,
        end: { failure: 'cancelled', message: 'It was cancelled' },
      }),
      { failure: 'cancelled' },
    ],
    [
      'made too late, and done before it was ended',
      pod(said('exit 0 none 0'), {
        deleted: true,
        end: { failure: 'launch', message: 'made too late' },
      }),
      { result: 'success' },
    ],
    [
      'made too late, and ended for it',
      pod(said('signal 143 none 0', 143), {
        deleted: true,
        end: { failure: 'launch', message: 'made too late' },
      }),
      { failure: 'launch', message: 'made too late' },
    ],
    [
      'no shell',
      pod(
        failed(ended(128, { reason: 'StartError', message: 'no such file' })),
      ),
      { failure: 'config' },
    ],
    ...[
      'failed to create containerd task: failed to create shim task: context canceled: unknown',
      'failed to create containerd task: context deadline exceeded',
      'failed to start shim: ttrpc: closed: unknown',
      'error reading from server: EOF',
      'connection error: dial unix /run/containerd.sock: connect: connection refused',
    ].map((message): [string, V1Pod, object] => [
      `the kubelet or its runtime went away as it was started: ${message}`,
      pod(failed(ended(128, { reason: 'StartError', message }))),
      { failure: 'launch', message: expect.stringContaining(message) },
    ]),
    [
      'the kubelet lost it',
      pod(failed(ended(137, { reason: 'ContainerStatusUnknown' }))),
      { failure: 'lost' },
    ],
    [
      '0 without words is no success',
      pod({ ...ended(0), phase: 'Succeeded' }),
      { failure: 'outputs' },
    ],
    ['killed from outside', pod(failed(ended(137))), { failure: 'signal' }],
  ])('%s', (_, of, outcome) => {
    expect(observePod(of).outcome).toMatchObject(outcome);
  });

  it('has no times where there are none', () => {
    const never = new Date('0001-01-01T00:00:00Z');
    const of = observePod(
      pod(
        failed(
          container({
            terminated: { exitCode: 137, startedAt: never, finishedAt: never },
          }),
        ),
      ),
    );
    expect(of).not.toHaveProperty('startedAt');
    expect(of).not.toHaveProperty('endedAt');
  });
});

describe('what must not wait any longer', () => {
  const limit = 120_000;
  it.each<[string, V1Pod, string | undefined]>([
    [
      'a first pull that failed',
      pod(waiting('ErrImagePull', 'i/o timeout')),
      undefined,
    ],
    [
      'an image that is not there',
      pod(waiting('ErrImagePull', 'ml:1: not found')),
      'image',
    ],
    ['a pull that may go better', pod(waiting('ImagePullBackOff')), undefined],
    ['a name that is none', pod(waiting('InvalidImageName')), 'image'],
    ['one that is being made', pod(waiting('ContainerCreating')), undefined],
    [
      'one that is ended already',
      pod(waiting('ImagePullBackOff'), { deleted: true }),
      undefined,
    ],
    ['no node yet', pod({}, { node: null }), undefined],
  ])('%s', (_, of, failure) => {
    expect(
      verdict(of, NOW, { startTimeoutMs: limit, troubleMs: Infinity })?.failure,
    ).toBe(failure);
  });

  it('is told in the words of the cluster when the time is over', () => {
    const of = pod(
      {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 Insufficient cpu.',
          },
        ],
      },
      { node: null },
    );
    expect(observePod(of).waitsFor).toBe(
      'Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.',
    );
    expect(
      verdict(of, NOW, { startTimeoutMs: 60_000, troubleMs: 0 }),
    ).toMatchObject({
      failure: 'queued_timeout',
      message: expect.stringContaining('Insufficient cpu'),
    });
    expect(
      verdict(of, NOW, { startTimeoutMs: 60_001, troubleMs: 0 }),
    ).toBeUndefined();
  });
});
