import { ClusterError } from './ClusterError';
import { launchError } from './requests';

it.each([
  [401, 'Unauthorized', 'launch'],
  [403, 'pods is forbidden: cannot create resource', 'config'],
  [403, 'exceeded quota: none', 'launch'],
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
  );
  expect((error as { failure?: string }).failure).toBe(failure);
});

it('says which rights to give for what RBAC refuses, and for nothing else', () => {
  const said = (message: string) =>
    launchError(new ClusterError(403, undefined, message), 'Give it').message;
  expect(said('User "m" cannot create resource "pods"')).toMatch(/Give it$/);
  expect(said('pods "x" is forbidden: violates PodSecurity')).not.toMatch(
    /Give it/,
  );
});
