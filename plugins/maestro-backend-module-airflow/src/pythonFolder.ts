import { resolvePackagePath } from '@backstage/backend-plugin-api';

/** Absolute path of the Python half of this package. */
export function pythonFolder(): string {
  return resolvePackagePath(
    '@maestro/plugin-maestro-backend-module-airflow',
    'python',
  );
}
