import { createExtensionTester } from '@backstage/frontend-test-utils';
import { coreExtensionData } from '@backstage/frontend-plugin-api';
import { EntityContentBlueprint } from '@backstage/plugin-catalog-react/alpha';
import plugin from './index';
import { codeEntityContent, runsEntityContent } from './entityContents';
import { connectionsPage, maestroPage, variablesPage } from './pages';

const entity = (kind: string) => ({
  apiVersion: 'x/v1',
  kind,
  metadata: { name: 'n' },
});

describe('maestroPlugin', () => {
  it.each([
    [maestroPage, '/maestro', 'Pipelines'],
    [connectionsPage, '/maestro/connections', 'Connections'],
    [variablesPage, '/maestro/variables', 'Variables'],
  ])('has a page with path, title and icon (%#)', (page, path, title) => {
    const tester = createExtensionTester(page);
    expect(tester.get(coreExtensionData.routePath)).toBe(path);
    expect(tester.get(coreExtensionData.title)).toBe(title);
    expect(tester.get(coreExtensionData.icon)).toBeDefined();
  });

  it.each([runsEntityContent, codeEntityContent])(
    'shows its tabs on pipelines only (%#)',
    content => {
      const filter = createExtensionTester(content).get(
        EntityContentBlueprint.dataRefs.filterFunction,
      )!;
      expect(filter(entity('Pipeline'))).toBe(true);
      expect(filter(entity('Component'))).toBe(false);
    },
  );

  it('has the ids that the portal names', () => {
    const ids = [
      'api:maestro',
      'page:maestro',
      'page:maestro/connections',
      'page:maestro/variables',
      'entity-card:maestro/status',
      'entity-card:maestro/next-run',
      'entity-card:maestro/sla',
      'entity-card:maestro/owner',
      'entity-content:maestro/runs',
      'entity-content:maestro/code',
      'search-result-list-item:maestro',
    ];
    for (const id of ids) {
      expect(plugin.getExtension(id)).toBeDefined();
    }
  });
});
