import { createExtensionTester } from '@backstage/frontend-test-utils';
import { coreExtensionData } from '@backstage/frontend-plugin-api';
import { EntityContentBlueprint } from '@backstage/plugin-catalog-react/alpha';
import plugin from './index';
import { codeEntityContent, runsEntityContent } from './entityContents';
import {
  assetsPage,
  connectionsPage,
  maestroPage,
  poolsPage,
  schedulePage,
  variablesPage,
} from './pages';

const entity = (kind: string) => ({
  apiVersion: 'x/v1',
  kind,
  metadata: { name: 'n' },
});

describe('maestroPlugin', () => {
  it('has pages with path, title and icon', () => {
    const shown = [
      createExtensionTester(maestroPage),
      createExtensionTester(schedulePage),
      createExtensionTester(connectionsPage),
      createExtensionTester(variablesPage),
      createExtensionTester(assetsPage),
      createExtensionTester(poolsPage),
    ].map(tester => {
      expect(tester.get(coreExtensionData.icon)).toBeDefined();
      return [
        tester.get(coreExtensionData.routePath),
        tester.get(coreExtensionData.title),
      ];
    });
    expect(shown).toEqual([
      ['/maestro', 'Pipelines'],
      ['/maestro/schedule', 'Schedule'],
      ['/maestro/connections', 'Connections'],
      ['/maestro/variables', 'Variables'],
      ['/maestro/assets', 'Assets'],
      ['/maestro/pools', 'Pools'],
    ]);
  });

  it('shows its tabs on pipelines only', () => {
    const { filterFunction } = EntityContentBlueprint.dataRefs;
    for (const filter of [
      createExtensionTester(runsEntityContent).get(filterFunction),
      createExtensionTester(codeEntityContent).get(filterFunction),
    ]) {
      expect(filter!(entity('Pipeline'))).toBe(true);
      expect(filter!(entity('Component'))).toBe(false);
    }
  });

  it('has the ids that the portal names', () => {
    const ids = [
      'api:maestro',
      'page:maestro',
      'page:maestro/schedule',
      'page:maestro/connections',
      'page:maestro/variables',
      'page:maestro/assets',
      'page:maestro/pools',
      'entity-card:maestro/status',
      'entity-card:maestro/next-run',
      'entity-card:maestro/sla',
      'entity-card:maestro/owner',
      'entity-card:maestro/webhooks',
      'entity-card:maestro/dag',
      'entity-content:maestro/runs',
      'entity-content:maestro/code',
      'search-result-list-item:maestro',
      'search-filter:maestro/pipeline-type',
    ] as const;
    for (const id of ids) {
      expect(plugin.getExtension(id)).toBeDefined();
    }
  });
});
