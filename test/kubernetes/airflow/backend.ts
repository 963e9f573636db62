/*
 * The backend of a portal as far as DAG files and pods want it: scheduler, API,
 * catalog, without pages. See myMlWorkflow.test.mjs.
 *
 *   backend.ts --config FILE
 */
import { createBackend } from '@backstage/backend-defaults';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import catalogModuleMaestro from '@maestro/plugin-catalog-backend-module-maestro';
import maestroPlugin from '@maestro/plugin-maestro-backend';
import maestroModuleAirflow from '@maestro/plugin-maestro-backend-module-airflow';
import maestroModuleKubernetes from '@maestro/plugin-maestro-backend-module-kubernetes';

const backend = createBackend();
for (const feature of [
  catalogPlugin,
  catalogModuleMaestro,
  maestroPlugin,
  maestroModuleAirflow,
  maestroModuleKubernetes,
])
  backend.add(feature);

backend.start().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
