import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { existsSync } from 'node:fs';

/**
 * The Python that has the real service: `MAESTRO_TEST_PYTHON`, or the
 * environment that `npm start` makes. Without it there is nothing to test
 * against, and that is a failure.
 *
 * @param what - what it must have, e.g. "mlflow 3.17.2"
 * @throws Error that says how to get it.
 * @public
 */
export function pythonOfTests(what: string): string {
  const python =
    process.env.MAESTRO_TEST_PYTHON ??
    resolvePackagePath(
      '@maestro/plugin-peer-node',
      '../../.tools/python/bin/python',
    );
  if (!existsSync(python)) {
    throw new Error(
      `No Python with ${what} at ${python}: run npm start once, or set MAESTRO_TEST_PYTHON to a Python that has it`,
    );
  }
  return python;
}
