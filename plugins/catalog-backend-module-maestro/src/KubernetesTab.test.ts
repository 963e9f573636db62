import { ConfigReader } from '@backstage/config';
import { KubernetesTab, hasClusters } from './KubernetesTab';

const entity = (kind: string, annotations?: Record<string, string>) => ({
  apiVersion: 'maestro.dev/v1alpha1',
  kind,
  metadata: { name: 'train', annotations },
});
const ID = 'backstage.io/kubernetes-id';

describe('KubernetesTab', () => {
  const tab = new KubernetesTab();

  it('names the label of its pods on a pipeline', async () => {
    const result = await tab.preProcessEntity(entity('Pipeline', { a: 'b' }));
    expect(result.metadata.annotations).toEqual({ a: 'b', [ID]: 'train' });
  });

  it('leaves an annotation that is there, and other kinds', async () => {
    const own = entity('Pipeline', { [ID]: 'own' });
    expect(await tab.preProcessEntity(own)).toBe(own);
    const other = entity('Component');
    expect(await tab.preProcessEntity(other)).toBe(other);
  });
});

describe('hasClusters', () => {
  it.each([
    [undefined, false],
    [{ clusterLocatorMethods: [] }, false],
    [{ clusterLocatorMethods: [{ type: 'config', clusters: [] }] }, false],
    [{ clusterLocatorMethods: [{ type: 'config' }] }, false],
    [
      {
        clusterLocatorMethods: [{ type: 'config', clusters: [{ name: 'a' }] }],
      },
      true,
    ],
    [{ clusterLocatorMethods: [{ type: 'catalog' }] }, true],
  ])('%j → %s', (kubernetes, expected) => {
    const config = new ConfigReader(kubernetes ? { kubernetes } : {});
    expect(hasClusters(config)).toBe(expected);
  });
});
