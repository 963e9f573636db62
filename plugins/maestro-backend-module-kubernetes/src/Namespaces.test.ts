import { ClusterError } from './cluster/ClusterError';
import { Namespaces } from './Namespaces';

const RULES = { default: 'ml', pipelines: {}, owners: {} };

function setUp() {
  const warned: string[] = [];
  const closed: string[] = [];
  const namespaces = new Namespaces(RULES, {
    warn: message => warned.push(message),
    closed: namespace => closed.push(namespace),
  });
  const want = (object?: string) =>
    namespaces.adoptWanted([{ attemptId: '1', object }]);
  return { namespaces, want, warned, closed };
}

const denied = async () => {
  throw new ClusterError(403, 'Forbidden', 'cannot list resource "pods"');
};

describe('where an attempt has its object', () => {
  it.each([
    ['pod old/maestro-1', 'old'],
    ['batch/v1/Job old/maestro-1', 'old'],
    ['ray.io/v1/RayJob old/maestro-1 (being deleted, held by x/y)', 'old'],
    ['pod ml/maestro-1', undefined],
    ['pod old/mine', undefined],
    ['pod maestro-1', undefined],
    ['pod a/b/maestro-1', undefined],
    ['pod old/maestro-1/b', undefined],
    ['x ../maestro-1', undefined],
    ['pid 4711', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('is listed too: %j is in %s', (object, namespace) => {
    const { namespaces, want } = setUp();
    want(object);
    expect(namespaces.all).toEqual(namespace ? ['ml', namespace] : ['ml']);
  });

  it('is given up when the right to it is gone, and said once', async () => {
    const { namespaces, want, warned, closed } = setUp();
    want('pod old/maestro-1');
    // Also when two listings find it at the same time.
    const both = ['old', 'old'].map(name => namespaces.listed(name, denied));
    expect(await Promise.all(both)).toEqual([undefined, undefined]);
    want('pod old/maestro-1');
    expect(namespaces.all).toEqual(['ml']);
    expect(closed).toEqual(['old']);
    expect(warned).toEqual([
      'Namespace old is not in maestro.executors.kubernetes any more, and what runs there is given up: cannot list resource "pods"',
    ]);
  });

  it('is kept for what passes, and one that is configured always', async () => {
    const { namespaces, want, warned, closed } = setUp();
    want('pod old/maestro-1');
    const away = new ClusterError(503, undefined, 'away');
    const list = () => Promise.reject(away);
    await expect(namespaces.listed('old', list)).rejects.toBe(away);
    await expect(namespaces.listed('ml', denied)).rejects.toThrow('cannot');
    expect(await namespaces.listed('ml', async () => [1])).toEqual([1]);
    expect(namespaces.all).toEqual(['ml', 'old']);
    expect([...warned, ...closed]).toEqual([]);
  });
});
