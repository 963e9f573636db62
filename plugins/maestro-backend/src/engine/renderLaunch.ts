import { AIRFLOW_EXECUTOR } from '@maestro/plugin-maestro-common';
import { ExecutorError } from '@maestro/plugin-maestro-node';
import { attemptLog } from '../database/operations/logs/openLogs';
import { assertSizes } from './prepareAttempt';
import { argumentsWith } from './secretArguments';
import type { EngineContext, PreparedLaunch } from './types';

/**
 * What is launched, with its templates of Airflow filled in. They are rendered
 * outside of any transaction: a template may ask for anything that a task may.
 * What it was given stands among the masks of its attempt since, so they are
 * read afterwards: they say which arguments hold a secret.
 *
 * @throws ExecutorError when they cannot be
 */
export async function renderLaunch(
  ctx: Pick<EngineContext, 'db' | 'executors' | 'inputs'>,
  { request, templates }: Pick<PreparedLaunch, 'request' | 'templates'>,
): Promise<PreparedLaunch['request']> {
  if (!templates) return request;
  const executor = ctx.executors.get(AIRFLOW_EXECUTOR);
  if (!executor?.render) {
    throw new ExecutorError(
      'config',
      `Its templates are Airflow's, and this scheduler has no executor "${AIRFLOW_EXECUTOR}" to render them: set maestro.airflow.sources, or lower: false for its source`,
    );
  }
  const { command, env, waitedMs } = request;
  const names = templates.env.filter(name => Object.hasOwn(env, name));
  const texts = [...command, ...names.map(name => env[name])];
  const rendered = await executor.render({
    env,
    texts,
    fields: templates.fields,
    ...(waitedMs === undefined ? {} : { waitedMs }),
  });
  const filledCommand = rendered.slice(0, command.length);
  const secrets = await secretsOf(ctx, request.attemptId);
  const filled = {
    ...request,
    command: filledCommand,
    secretArguments: argumentsWith(secrets, filledCommand),
    env: {
      ...env,
      ...Object.fromEntries(
        names.map((name, i) => [name, rendered[command.length + i]]),
      ),
    },
  };
  try {
    assertSizes(filled.command, filled.env);
  } catch (error) {
    throw new ExecutorError('config', (error as Error).message);
  }
  return filled;
}

async function secretsOf(
  { db, inputs }: Pick<EngineContext, 'db' | 'inputs'>,
  attemptId: string,
): Promise<string[]> {
  const row = await attemptLog(db, db.knex, attemptId);
  if (!row || row.masks === null) return [];
  try {
    return inputs.openMasks(attemptId, row.masks);
  } catch (error) {
    // What is not known to be a secret could be shown as none.
    throw new ExecutorError('config', (error as Error).message);
  }
}
