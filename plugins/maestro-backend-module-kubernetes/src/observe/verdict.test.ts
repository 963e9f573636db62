import type { V1Pod } from '@kubernetes/client-node';
import { ANNOTATION } from '../pod/names';
import { troubleOf, verdict } from './verdict';

const PATIENCE = { startTimeoutMs: Infinity, troubleMs: 120_000 };

const waiting = (reason: string, message?: string): V1Pod => ({
  metadata: { name: 'maestro-1' },
  status: {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'task',
        image: 'registry.example/ml:1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason, message } },
      },
    ],
  },
});

const PULL = 'failed to pull and unpack image "registry.example/ml:1"';

it.each([
  ['InvalidImageName', "couldn't parse image name", false],
  ['ErrImageNeverPull', 'is not present with pull policy of Never', false],
  ['ErrImagePull', `${PULL}: registry.example/ml:1: not found`, false],
  [
    'ImagePullBackOff',
    `Back-off: ErrImagePull: ${PULL}: manifest unknown`,
    false,
  ],
  ['ErrImagePull', `${PULL}: pull access denied`, false],
  ['ErrImagePull', `${PULL}: unexpected status: 401 Unauthorized`, false],
  [
    'ErrImagePull',
    `${PULL}: dial tcp: lookup registry.example: no such host`,
    true,
  ],
  ['ErrImagePull', `${PULL}: dial tcp 10.0.0.1:443: i/o timeout`, true],
  ['ErrImagePull', `${PULL}: 503 Service Unavailable`, true],
  ['ErrImagePull', `${PULL}: 429 Too Many Requests`, true],
  ['ImagePullBackOff', undefined, true],
  ['CreateContainerConfigError', 'secret "x" not found', false],
  ['CreateContainerConfigError', "couldn't find key a in Secret ml/x", false],
  [
    'CreateContainerConfigError',
    'container has runAsNonRoot and image will run as root',
    false,
  ],
  [
    'CreateContainerConfigError',
    'failed to sync secret cache: timed out',
    true,
  ],
  // That of the attempt, which was there before it: a cache is behind.
  ['CreateContainerConfigError', 'secret "maestro-1" not found', true],
  ['CreateContainerConfigError', 'secret "maestro-12" not found', false],
  ['CreateContainerError', 'context deadline exceeded', true],
])('%s: %s: may pass is %s', (reason, message, mayPass) => {
  const pod = waiting(reason, message);
  expect(troubleOf(pod)?.mayPass).toBe(mayPass);
  expect(verdict(pod, 0, PATIENCE, 0) === undefined).toBe(mayPass);
  expect(verdict(pod, 0, PATIENCE, 119_999) === undefined).toBe(mayPass);
  expect(verdict(pod, 0, PATIENCE, 120_000)).toMatchObject({
    message: expect.stringContaining(message ?? reason),
  });
});

it('lets a task run on whose sidecar cannot come back', () => {
  const pod = waiting('ContainerCreating');
  const [task] = pod.status!.containerStatuses!;
  const sidecar = {
    ...task,
    name: 'web',
    state: { waiting: { reason: 'ErrImageNeverPull' } },
  };
  pod.status!.initContainerStatuses = [sidecar];
  expect(verdict(pod, 0, PATIENCE)).toMatchObject({ failure: 'image' });
  task.state = { running: { startedAt: new Date(0) } };
  expect(verdict(pod, 0, PATIENCE, Infinity)).toBeUndefined();
});

it('a wait for a quota is part of how long a pod may wait', () => {
  const made = Date.parse('2026-01-01T00:00:00Z');
  const pod = (waited?: string): V1Pod => ({
    metadata: {
      creationTimestamp: new Date(made),
      annotations: waited === undefined ? {} : { [ANNOTATION.waited]: waited },
    },
    status: { phase: 'Pending' },
  });
  const patience = { startTimeoutMs: 60_000, troubleMs: 1 };
  expect(verdict(pod(), made + 59_999, patience)).toBeUndefined();
  expect(verdict(pod('50000'), made + 9_999, patience)).toBeUndefined();
  expect(verdict(pod('50000'), made + 10_000, patience)).toMatchObject({
    failure: 'queued_timeout',
    message: expect.stringContaining('within 1 min'),
  });
});
