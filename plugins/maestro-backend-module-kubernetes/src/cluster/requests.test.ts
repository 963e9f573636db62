import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { ClusterError } from './ClusterError';
import { launchError, startPatience } from './requests';

const PATIENCE = { waitedMs: 0, limitMs: 60_000 };

it.each([
  [401, 'Unauthorized', 'launch'],
  [403, 'pods is forbidden: cannot create resource', 'config'],
  [404, 'namespaces "x" not found', 'config'],
  [409, 'Operation cannot be fulfilled on resourcequotas "q"', 'launch'],
  [422, 'is invalid', 'config'],
  [429, 'too many requests', 'launch'],
  // It may have been done: the listing says.
  [500, 'internal error', undefined],
  [503, 'not ready', undefined],
  [undefined, 'could not be reached', undefined],
])('%s (%s) is %s', (code, message, failure) => {
  const error = launchError(
    new ClusterError(code, undefined, message),
    'Give it',
    PATIENCE,
  );
  expect((error as { failure?: string }).failure).toBe(failure);
});

describe('a quota', () => {
  const quota = new ClusterError(403, 'Forbidden', 'exceeded quota: none');

  it.each([
    [0, 60_000],
    [59_999, 1],
  ])('that refuses after %s ms is asked again for %s ms', (waitedMs, left) => {
    expect(launchError(quota, '', { ...PATIENCE, waitedMs })).toMatchObject({
      name: 'LaunchLater',
      message: 'exceeded quota: none',
      options: { giveUpInMs: left },
    });
  });

  it('that was just made, and is not counted yet, passes too', () => {
    const fresh = new ClusterError(
      403,
      'Forbidden',
      'status unknown for quota: none, resources: pods',
    );
    expect(launchError(fresh, '', PATIENCE)).toMatchObject({
      name: 'LaunchLater',
    });
  });

  it('that wants what the task does not say is mended by nobody else', () => {
    const incomplete = new ClusterError(
      403,
      'Forbidden',
      'failed quota: none: must specify limits.cpu',
    );
    expect(launchError(incomplete, '', PATIENCE)).toMatchObject({
      failure: 'config',
    });
  });

  it.each([60_000, 61_000])(
    'that still refuses after %s ms ends the waiting',
    waitedMs => {
      expect(launchError(quota, '', { ...PATIENCE, waitedMs })).toMatchObject({
        name: 'ExecutorError',
        failure: 'queued_timeout',
        message: 'It was not taken within 1 min: exceeded quota: none',
      });
    },
  );

  it('is borne as long as the task says, or else the configuration', () => {
    const request = { kubernetes: { startTimeoutMs: 5 } } as LaunchRequest;
    expect(startPatience(request, 7)).toEqual({ waitedMs: 0, limitMs: 5 });
    expect(startPatience({ waitedMs: 3 } as LaunchRequest, 7)).toEqual({
      waitedMs: 3,
      limitMs: 7,
    });
  });
});

it('says which rights to give for what RBAC refuses, and for nothing else', () => {
  const said = (message: string) =>
    launchError(new ClusterError(403, undefined, message), 'Give it', PATIENCE)
      .message;
  expect(said('User "m" cannot create resource "pods"')).toMatch(/Give it$/);
  expect(said('pods "x" is forbidden: violates PodSecurity')).not.toMatch(
    /Give it/,
  );
});
