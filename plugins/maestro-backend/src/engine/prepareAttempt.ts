import {
  renderTemplate,
  templateReferences,
} from '@maestro/plugin-maestro-common';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { expressionContext, runFacts } from './expressionContext';
import { maskText } from './maskText';
import type { RunDraft } from './RunDraft';

/** An attempt with everything a launch needs, and what is kept for people. */
export interface PreparedAttempt {
  attemptId: string;
  tokenHash: string;
  request: Omit<LaunchRequest, 'sources' | 'beginWithinMs'>;
  /** For the row: JSON with secrets masked. */
  record: { command: string; env: string; inputs: string; masks: string };
}

/**
 * Renders command and environment of a task instance and resolves its
 * connections and variables. Happens at the claim, in its transaction: from
 * then on the attempt never looks at configuration again, and what its log
 * must not show is stored before anything can write a log.
 *
 * @throws InputError for a missing connection or variable, or an expression
 * that cannot be evaluated
 */
export async function prepareAttempt(
  draft: RunDraft,
  no: number,
  tryNumber: number,
): Promise<PreparedAttempt> {
  const { ctx, tx, run } = draft;
  const task = draft.task(no);
  const mapIndex = draft.instance(no).map_index;
  const command = task.command ?? [];
  const ownEnv = Object.entries(task.env ?? {});

  const resolved =
    task.connections.length + task.variables.length > 0
      ? await ctx.inputs.resolveForTask(tx, {
          connections: task.connections,
          variables: task.variables,
        })
      : { env: {}, secrets: [], inputs: {} };

  const texts = [...command, ...ownEnv.map(([, value]) => value)];
  const templates = texts.filter(text => text.includes('${{'));
  const { render, hidden } =
    templates.length > 0
      ? await renderer(draft, templates)
      : { render: (text: string) => text, hidden: [] };

  const attemptId = ctx.newId();
  const { token, hash } = ctx.newToken();
  const taskApiUrl = ctx.taskApiUrl();
  const env: Record<string, string> = {
    ...resolved.env,
    ...Object.fromEntries(ownEnv.map(([key, value]) => [key, render(value)])),
    ...contractEnvironment(draft, no, tryNumber, attemptId),
    ...(taskApiUrl
      ? { MAESTRO_TASK_API_URL: taskApiUrl, MAESTRO_TASK_TOKEN: token }
      : {}),
  };
  const rendered = command.map(render);
  const secrets = [
    ...new Set([
      ...resolved.secrets,
      // Of tasks before it, which handed them on.
      ...hidden,
      ...(taskApiUrl ? [token] : []),
    ]),
  ];

  return {
    attemptId,
    tokenHash: hash,
    request: {
      attemptId,
      command: rendered,
      env,
      image: task.image,
      resources: task.resources,
      labels: {
        pipeline: draft.definition.name,
        runId: run.run_id,
        taskId: task.id,
        mapIndex,
      },
      logLimitBytes: ctx.settings.logLimitBytes,
    },
    record: {
      command: JSON.stringify(rendered.map(arg => maskText(arg, secrets))),
      env: JSON.stringify(
        Object.fromEntries(
          Object.entries(env).map(([key, value]) => [
            key,
            maskText(value, secrets),
          ]),
        ),
      ),
      inputs: JSON.stringify(resolved.inputs),
      masks: ctx.inputs.sealMasks(attemptId, secrets),
    },
  };
}

async function renderer(draft: RunDraft, templates: string[]) {
  const { context, hidden } = await expressionContext(
    draft,
    templates.map(text => templateReferences(text)),
  );
  return {
    render: (text: string) => renderTemplate(text, context),
    hidden,
  };
}

/** The part of the environment that every task gets (task contract). */
function contractEnvironment(
  draft: RunDraft,
  no: number,
  tryNumber: number,
  attemptId: string,
): Record<string, string> {
  const { run } = draft;
  const facts = runFacts(draft);
  const env: Record<string, string> = {
    MAESTRO_PIPELINE: draft.definition.name,
    MAESTRO_RUN_ID: run.run_id,
    MAESTRO_RUN_KEY: run.run_key,
    MAESTRO_TASK_ID: draft.task(no).id,
    MAESTRO_MAP_INDEX: String(draft.instance(no).map_index),
    MAESTRO_TRY_NUMBER: String(tryNumber),
    MAESTRO_ATTEMPT_ID: attemptId,
    MAESTRO_TRIGGER: run.trigger,
    MAESTRO_RUN_AFTER: facts.run_after,
    MAESTRO_PARAMS: run.params,
  };
  for (const name of [
    'logical_date',
    'data_interval_start',
    'data_interval_end',
  ]) {
    if (facts[name]) env[`MAESTRO_${name.toUpperCase()}`] = facts[name];
  }
  return env;
}
