import { createBackend } from '@backstage/backend-defaults';
import {
  coreServices,
  createBackendFeatureLoader,
} from '@backstage/backend-plugin-api';
import { surviveConsoleErrors } from './consoleErrors';
import { rootHttpRouter } from './httpShutdown';

surviveConsoleErrors();

const backend = createBackend();
backend.add(rootHttpRouter);

// The portal
backend.add(import('@backstage/plugin-app-backend'));
backend.add(import('@backstage/plugin-user-settings-backend'));
backend.add(import('@backstage/plugin-techdocs-backend'));

// Who somebody is and what they may do
backend.add(import('@backstage/plugin-auth-backend'));
backend.add(import('@backstage/plugin-auth-backend-module-guest-provider'));
backend.add(import('@backstage/plugin-permission-backend'));
backend.add(
  import('@backstage/plugin-permission-backend-module-allow-all-policy'),
);

// Catalog
backend.add(import('@backstage/plugin-catalog-backend'));
backend.add(import('@backstage/plugin-catalog-backend-module-logs'));
backend.add(
  import('@backstage/plugin-catalog-backend-module-scaffolder-entity-model'),
);

backend.add(import('@maestro/plugin-catalog-backend-module-maestro'));

// Templates
backend.add(import('@backstage/plugin-scaffolder-backend'));
backend.add(import('@maestro/plugin-scaffolder-backend-module-maestro'));

// Search: in PostgreSQL where that is the database, else in memory
backend.add(import('@backstage/plugin-search-backend'));
backend.add(
  createBackendFeatureLoader({
    deps: { config: coreServices.rootConfig },
    async *loader({ config }) {
      if (config.getString('backend.database.client') === 'pg')
        yield import('@backstage/plugin-search-backend-module-pg');
    },
  }),
);
backend.add(import('@backstage/plugin-search-backend-module-catalog'));
// The search page asks for its counts; an unknown type is refused.
backend.add(import('@backstage/plugin-search-backend-module-techdocs'));
backend.add(import('@maestro/plugin-search-backend-module-maestro'));

// What tells an open page that something changed
backend.add(import('@backstage/plugin-events-backend'));
backend.add(import('@backstage/plugin-signals-backend'));
backend.add(import('@backstage/plugin-notifications-backend'));

// Maestro; which executors run is a matter of configuration
backend.add(import('@maestro/plugin-maestro-backend'));
backend.add(import('@maestro/plugin-maestro-backend-module-local'));

// What runs in Kubernetes, on the page of its entity; idle until a cluster is
// configured.
backend.add(import('@backstage/plugin-kubernetes-backend'));

// MLflow and Feast
backend.add(import('@maestro/plugin-mlflow-backend'));
backend.add(import('@maestro/plugin-feast-backend'));

backend.start().catch(error => {
  // Backstage would only log this and live on, answering 503 for ever.
  // eslint-disable-next-line no-console
  console.error(error);
  process.exit(1);
});
