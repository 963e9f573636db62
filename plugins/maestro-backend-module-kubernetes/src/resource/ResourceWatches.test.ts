import type { WatchListener } from '../cluster/watchObjects';
import type { ClusterObject, ResourceApi } from './ResourceApi';
import { ResourceWatches } from './ResourceWatches';

const kind = (name: string) => ({
  group: 'g',
  version: 'v1',
  plural: 's',
  name,
});

function setUp() {
  const watched: string[] = [];
  const told: Array<{ of: string; signal: AbortSignal }> = [];
  const alive = () =>
    told.filter(({ signal }) => !signal.aborted).map(({ of }) => of);
  const watches = new ResourceWatches({
    api: {
      watch: async (
        { name }: { name: string },
        namespace: string,
        _selector: string,
        { signal }: WatchListener<ClusterObject>,
      ) => {
        watched.push(`${name} ${namespace}`);
        told.push({ of: `${name} ${namespace}`, signal });
      },
    } as unknown as ResourceApi,
    selector: 'maestro',
    saw: async () => {},
    failed: () => {},
  });
  return { watches, watched, alive };
}

describe('watches of kinds in namespaces', () => {
  it('are one for each', async () => {
    const { watches, watched, alive } = setUp();
    await watches.on(kind('Job'), 'ml');
    await watches.on(kind('Job'), 'ml');
    await watches.on(kind('RayJob'), 'ml');
    await watches.on(kind('Job'), 'old');
    expect(watched).toEqual(['Job ml', 'RayJob ml', 'Job old']);
    expect(alive()).toEqual(watched);
  });

  it('end for good with the right to their namespace, and only those', async () => {
    const { watches, alive } = setUp();
    await watches.on(kind('Job'), 'ml');
    await watches.on(kind('Job'), 'old');
    await watches.on(kind('RayJob'), 'old');
    watches.off('old');
    expect(alive()).toEqual(['Job ml']);
    watches.off('never');
    await watches.on(kind('Job'), 'old');
    expect(alive()).toEqual(['Job ml']);
  });

  it('all end with the process, and none begins behind that', async () => {
    const { watches, watched, alive } = setUp();
    await watches.on(kind('Job'), 'ml');
    watches.stop();
    await watches.on(kind('Job'), 'old');
    expect(alive()).toEqual([]);
    expect(watched).toEqual(['Job ml']);
  });
});
