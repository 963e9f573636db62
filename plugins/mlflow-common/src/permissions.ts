import { createPermission } from '@backstage/plugin-permission-common';

/**
 * May see registered models, their versions and the metrics of the runs that
 * made them.
 *
 * @public
 */
export const mlflowModelReadPermission = createPermission({
  name: 'mlflow.model.read',
  attributes: { action: 'read' },
});

/**
 * May see experiments and their runs with parameters and metrics.
 *
 * @public
 */
export const mlflowExperimentReadPermission = createPermission({
  name: 'mlflow.experiment.read',
  attributes: { action: 'read' },
});

/**
 * All permissions of the MLflow plugin.
 *
 * @public
 */
export const mlflowPermissions = [
  mlflowModelReadPermission,
  mlflowExperimentReadPermission,
];
