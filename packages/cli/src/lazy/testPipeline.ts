import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import { paramValues } from '../argumentValues';
import type { TestOptions } from '../commands/test';
import type { Context } from '../Context';
import { checkoutRoot, findDataDir } from '../installation';
import { CommandError, EXIT } from '../outcome';
import { findPipeline } from './findPipeline';
import { runOnScreen } from './runOnScreen';
import { clientIfAny, collectInputs, readSeeds } from './testInputs';

/** Runs a pipeline once and shows what happens. Sets the exit code. */
export async function testPipeline(
  context: Context,
  options: TestOptions & { pipeline: string; logicalDate: number },
): Promise<void> {
  const { definition, files } = await findPipeline(
    options.pipeline,
    context.around,
  );
  const inputs = await collectInputs(definition, {
    flags: options,
    client: options.offline ? undefined : clientIfAny(context),
    seeds: readSeeds(findDataDir(context.around)),
    note: text => context.note(text),
  });
  await runOnScreen(context, {
    definition,
    files,
    inputs,
    params: paramValues(options, definition.params),
    logicalDate: options.logicalDate,
    verbose: options.verbose,
    createExecutor: dataDir =>
      createLocalExecutor({
        dataDir,
        python: pythonFolder(context),
        maxParallel: options.maxParallel,
      }),
  });
}

/** The folder with the `python` that tasks find first. */
function pythonFolder({ around }: Context): string | undefined {
  const named = around.env.MAESTRO_PYTHON;
  if (named) {
    const path = resolve(around.cwd, named);
    if (!existsSync(path)) {
      throw new CommandError(
        EXIT.usage,
        `MAESTRO_PYTHON is ${named}, which does not exist`,
      );
    }
    return statSync(path).isDirectory() ? path : dirname(path);
  }
  const root = checkoutRoot(around.commandDir);
  const fetched = root && join(root, '.tools/python/bin');
  return fetched && existsSync(fetched) ? fetched : undefined;
}
