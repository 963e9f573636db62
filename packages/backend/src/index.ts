import { createBackend } from '@backstage/backend-defaults';
import {
  coreServices,
  createBackendFeatureLoader,
  type RootConfigService,
} from '@backstage/backend-plugin-api';
import { surviveConsoleErrors } from './consoleErrors';
import { rootHttpRouter } from './httpShutdown';

surviveConsoleErrors();

const backend = createBackend();
backend.add(rootHttpRouter);

// Whatever a role needs
backend.add(
  createBackendFeatureLoader({
    deps: { config: coreServices.rootConfig },
    async *loader({ config }) {
      if (config.getOptionalString('maestro.role') === 'scheduler')
        yield* onlyScheduler();
      else yield* portal(config);
    },
  }),
);

// Maestro; which executors run is a matter of configuration
backend.add(import('@maestro/plugin-maestro-backend'));
backend.add(import('@maestro/plugin-maestro-backend-module-local'));
backend.add(import('@maestro/plugin-maestro-backend-module-kubernetes'));
backend.add(import('@maestro/plugin-maestro-backend-module-airflow'));

backend.start().catch(error => {
  // Backstage would only log this and live on, answering 503 for ever.
  // eslint-disable-next-line no-console
  console.error(error);
  process.exit(1);
});

/**
 * What the scheduler's plugin asks for; the catalog is asked where the portal
 * is.
 */
async function* onlyScheduler() {
  yield import('@backstage/plugin-events-backend');
  yield import('@backstage/plugin-signals-backend');
}

async function* portal(config: RootConfigService) {
  // The portal
  yield import('@backstage/plugin-app-backend');
  yield import('@backstage/plugin-user-settings-backend');
  yield import('@backstage/plugin-techdocs-backend');

  // Who somebody is and what they may do
  yield import('@backstage/plugin-auth-backend');
  yield import('@backstage/plugin-auth-backend-module-guest-provider');
  yield import('@backstage/plugin-permission-backend');
  yield import('@backstage/plugin-permission-backend-module-allow-all-policy');

  // Catalog
  yield import('@backstage/plugin-catalog-backend');
  yield import('@backstage/plugin-catalog-backend-module-logs');
  yield import(
    '@backstage/plugin-catalog-backend-module-scaffolder-entity-model'
  );

  yield import('@maestro/plugin-catalog-backend-module-maestro');

  // Templates
  yield import('@backstage/plugin-scaffolder-backend');
  yield import('@maestro/plugin-scaffolder-backend-module-maestro');

  // Search: in PostgreSQL where that is the database, else in memory
  yield import('@backstage/plugin-search-backend');
  if (config.getString('backend.database.client') === 'pg')
    yield import('@backstage/plugin-search-backend-module-pg');
  yield import('@backstage/plugin-search-backend-module-catalog');
  // The search page asks for its counts; an unknown type is refused.
  yield import('@backstage/plugin-search-backend-module-techdocs');
  yield import('@maestro/plugin-search-backend-module-maestro');

  // What tells an open page that something changed
  yield import('@backstage/plugin-events-backend');
  yield import('@backstage/plugin-signals-backend');
  yield import('@backstage/plugin-notifications-backend');

  // What runs in Kubernetes, on the page of its entity; idle until a cluster is
  // configured.
  yield import('@backstage/plugin-kubernetes-backend');

  // MLflow and Feast
  yield import('@maestro/plugin-mlflow-backend');
  yield import('@maestro/plugin-feast-backend');
}
