import type { ClusterApi } from './cluster/ClusterApi';
import { PodObjects } from './PodObjects';

/**
 * Secrets by namespace and name, of no uid that is asked for; what is in `stuck`
 * cannot be removed.
 */
function setUp(...names: string[]) {
  const secrets = new Set(names);
  const stuck = new Set<string>();
  const api = {
    readPod: async () => undefined,
    deleteSecret: async (namespace: string, name: string, uid?: string) => {
      const key = `${namespace}/${name}`;
      if (stuck.has(key)) throw new Error(`${key} cannot be deleted`);
      if (uid === undefined) secrets.delete(key);
    },
  };
  const namespaces = { all: ['ml', 'other'] };
  const objects = new PodObjects(api as unknown as ClusterApi, namespaces);
  return { objects, secrets, stuck, namespaces };
}

describe('a Secret that no pod needs', () => {
  it('holds up no other when it cannot be removed', async () => {
    const { objects, secrets, stuck } = setUp('ml/maestro-1', 'ml/maestro-2');
    stuck.add('ml/maestro-1').add('ml/maestro-2');
    await expect(objects.removeSecret('1', 'ml')).rejects.toThrow('maestro-1');
    await expect(objects.removeSecret('2', 'ml')).rejects.toThrow('maestro-2');
    stuck.delete('ml/maestro-2');
    await expect(objects.removeSecretsAgain()).rejects.toThrow('maestro-1');
    expect([...secrets]).toEqual(['ml/maestro-1']);
    stuck.clear();
    await objects.removeSecretsAgain();
    expect([...secrets]).toEqual([]);
  });

  it('of an attempt without a pod is removed later where forgetting it failed', async () => {
    const { objects, secrets, stuck } = setUp('other/maestro-1');
    stuck.add('ml/maestro-1').add('other/maestro-1');
    await expect(objects.remove('1')).rejects.toThrow('ml/maestro-1');
    stuck.clear();
    await objects.removeSecretsAgain();
    expect([...secrets]).toEqual([]);
  });

  it('made by another process meanwhile goes too when the attempt is forgotten', async () => {
    const { objects, secrets, stuck } = setUp('ml/maestro-1');
    stuck.add('ml/maestro-1');
    await expect(objects.removeSecret('1', 'ml', 'older')).rejects.toThrow();
    stuck.clear();
    await objects.remove('1');
    expect([...secrets]).toEqual([]);
  });

  it('is left where nothing may be done any more', async () => {
    const { objects, stuck, namespaces } = setUp('other/maestro-1');
    stuck.add('other/maestro-1');
    await expect(objects.removeSecret('1', 'other')).rejects.toThrow('other');
    namespaces.all.pop();
    await objects.removeSecretsAgain();
  });
});
