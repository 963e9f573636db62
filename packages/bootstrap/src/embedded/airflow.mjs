import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureAirflow } from './python.mjs';

/**
 * The Python that has Airflow, when a folder of DAG files is configured that
 * names no environment of its own, or entities of the catalog may have such
 * folders; else nothing is fetched.
 *
 * @param options.configFiles - what people have written, such as
 * app-config.local.yaml
 * @returns its interpreter, or undefined; what is in the way is noted
 */
export async function bringAirflow({
  paths,
  progress,
  notes,
  log,
  configFiles,
}) {
  if (!wantsAirflow(paths.root, configFiles)) return undefined;
  let result;
  try {
    result = await progress.step('Checking the environment of Airflow', () =>
      ensureAirflow({ root: paths.root, toolsDir: paths.toolsDir, log }),
    );
  } catch (error) {
    result = { ok: false, reason: error.message };
  }
  if (!result.ok)
    notes.add(
      `No Python with Airflow, so folders of DAG files are not read: ${result.reason}`,
    );
  return result.ok ? result.python : undefined;
}

/** Whether a DAG source has no interpreter of its own. */
export function wantsAirflow(root, configFiles) {
  const { parse } = createRequire(path.join(root, 'package.json'))('yaml');
  const layers = configFiles.map(file => {
    try {
      return parse(fs.readFileSync(file, 'utf8'))?.maestro?.airflow ?? {};
    } catch {
      // What is wrong with it is told by the portal, with its line.
      return {};
    }
  });
  const sources = layers.map(({ sources: own }) => own).findLast(Array.isArray);
  const rules = layers
    .map(({ catalog }) => catalog?.allow)
    .findLast(Array.isArray);
  const isMade = layers.some(
    ({ environments }) => environments?.default?.python !== undefined,
  );
  return Boolean(
    !isMade &&
      (sources?.some(
        ({ environment = 'default' } = {}) => environment === 'default',
      ) ||
        rules?.some(({ environments = ['default'] } = {}) =>
          environments.includes('default'),
        )),
  );
}
