import { ensurePython } from '../embedded/python.mjs';
import { ensureNode } from './node.mjs';
import { ensureApp, ensureCli, ensureDependencies } from './workspace.mjs';

/**
 * Brings what is missing on this machine and builds what has changed. What was
 * brought before costs only a look.
 *
 * @returns `node` (path) and `python` (`{ok, python, reason}`)
 * @throws when the portal itself cannot be had; a missing Python is only noted
 */
export async function bring({ paths, progress, guard, notes, log }) {
  const { root, toolsDir } = paths;
  // Both mostly wait for the network, so they go together.
  const pythonPromise = bringPython({ paths, progress, notes, log });
  const node = await ensureNode({ toolsDir, progress, guard });
  const context = { root, toolsDir, node, progress, guard };
  await ensureDependencies(context);
  await ensureApp(context);
  try {
    await ensureCli(context);
  } catch (error) {
    notes.add(
      `The maestro command could not be built: ${
        error.summary ?? error.message
      }`,
    );
  }
  return { node, python: await pythonPromise };
}

/**
 * Brings what the `maestro` command needs, and builds it.
 *
 * @throws with one plain sentence when it cannot be had
 */
export async function bringCli({ paths: { root, toolsDir }, progress, guard }) {
  const node = await ensureNode({ toolsDir, progress, guard });
  const context = { root, toolsDir, node, progress, guard };
  await ensureDependencies(context);
  await ensureCli(context);
}

/** The Python environment; without it the portal comes all the same. */
export async function bringPython({ paths, progress, notes, log }) {
  let result;
  try {
    result = await progress.step('Checking the Python environment', () =>
      ensurePython({ root: paths.root, toolsDir: paths.toolsDir, log }),
    );
  } catch (error) {
    result = { ok: false, reason: error.message };
  }
  if (!result.ok)
    notes.add(
      `No Python environment, so pipelines, MLflow and Feast cannot run: ${result.reason}`,
    );
  return result;
}
