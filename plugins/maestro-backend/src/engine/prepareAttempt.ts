import { InputError } from '@backstage/errors';
import {
  type ExpressionContext,
  type TaskDefinition,
  mappedGroupOf,
  moreMemory,
  renderTemplate,
  renderValue,
  RESOURCE_EXECUTOR,
  type ResourceManifest,
  templateReferences,
  templatesIn,
} from '@maestro/plugin-maestro-common';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import type { TaskInstanceRow } from '../database/tables';
import { assertAllowed } from './assertAllowed';
import { callbackEnvironment } from './dagCallback';
import { bashContext, plainFields, withoutHidden } from './bashTask';
import { speaksForItself } from './declaredOutcome';
import {
  assetEvents,
  expressionContext,
  outcomeFacts,
  runFacts,
} from './expressionContext';
import { type MappedItem, mappedItem } from './mappedItem';
import { ownerOf } from './Limits';
import { maskText } from './maskText';
import type { RunDraft } from './RunDraft';
import { argumentsWith } from './secretArguments';
import type { ResolvedInputs } from './types';

/** Which try the next attempt is; a relaunch belongs to the one before. */
export function nextTry({
  infra_retries: relaunches,
  try_number: tries,
}: Pick<TaskInstanceRow, 'infra_retries' | 'try_number'>): {
  isNewTry: boolean;
  tryNumber: number;
} {
  const isNewTry = relaunches === 0 || tries === 0;
  return { isNewTry, tryNumber: isNewTry ? tries + 1 : tries };
}

/** An attempt with everything a launch needs, and what is kept for people. */
export interface PreparedAttempt {
  attemptId: string;
  tokenHash: string;
  request: Omit<LaunchRequest, 'sources' | 'beginWithinMs'>;
  /** For the row: JSON with secrets masked. */
  record: { command: string; env: string; inputs: string; masks: string };
  /** `cache.key` rendered, with secrets masked. */
  cacheText?: string;
  /** Whether something was rendered from an output that holds a secret. */
  usesHidden: boolean;
}

/**
 * Renders command and environment of a task instance and resolves its
 * connections and variables. Happens in the transaction of the claim, and again
 * for a launch after one that was refused: what runs never looks at
 * configuration again, and what its log must not show is stored before anything
 * can write a log.
 *
 * @param shared - what instances of one mapped task have in common, kept for
 * those that are claimed in the same transaction
 * @param attemptId - of the attempt that is launched again
 * @throws InputError for a missing connection or variable, or an expression
 * that cannot be evaluated
 */
export async function prepareAttempt(
  draft: RunDraft,
  slot: number,
  tryNumber: number,
  shared: Map<number, SharedInputs> = new Map(),
  attemptId: string = draft.ctx.newId(),
): Promise<PreparedAttempt> {
  const { ctx, run } = draft;
  const task = draft.task(slot);
  const mapIndex = draft.instance(slot).map_index;
  assertAllowed(draft, task);
  const command = task.command ?? [];
  const ownEnv = Object.entries(task.env ?? {});
  const mapped = mappedItem(draft, slot);

  let inputs = shared.get(task.no);
  if (!inputs) {
    inputs = await readInputs(draft, task, slot);
    // In a mapped group each sees the outputs of its own index.
    if (mappedGroupOf(draft.definition, task.no) === undefined) {
      shared.set(task.no, inputs);
    }
  }
  const { resolved, context } = inputs;
  const hidden = [...inputs.hidden, ...(mapped?.hidden ?? [])];
  const render = (text: string) =>
    context && text.includes('${{')
      ? renderTemplate(text, mapped ? { ...context, mapped } : context)
      : text;

  const resource = task.resource && {
    ...task.resource,
    manifest: renderValue(task.resource.manifest, {
      ...context,
      ...(mapped ? { mapped } : {}),
    }) as ResourceManifest,
  };
  // What expressions have put in counts as what is written.
  if (resource) assertAllowed(draft, { ...task, resource }, true);

  const { token, hash } = ctx.newToken();
  const taskApiUrl = ctx.taskApiUrl();
  const env: Record<string, string> = {
    ...resolved.env,
    ...Object.fromEntries(ownEnv.map(([key, value]) => [key, render(value)])),
    ...contractEnvironment(draft, slot, { tryNumber, attemptId, mapped }),
    ...(run.trigger === 'asset'
      ? { MAESTRO_ASSET_EVENTS: JSON.stringify(await assetEvents(draft)) }
      : {}),
    ...(taskApiUrl
      ? { MAESTRO_TASK_API_URL: taskApiUrl, MAESTRO_TASK_TOKEN: token }
      : {}),
  };
  const rendered = command.map(render);
  assertSizes(rendered, env);
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
      secretArguments: argumentsWith(secrets, rendered),
      env,
      image: task.image,
      resources: await resourcesOf(draft, slot),
      labels: {
        pipeline: draft.definition.name,
        runId: run.run_id,
        taskId: task.id,
        mapIndex,
        owner: ownerOf(draft.definition),
      },
      kubernetes: task.kubernetes,
      resource,
      ...(task.bash
        ? { bash: { ...task.bash, names: ownEnv.map(([key]) => key) } }
        : {}),
      logLimitBytes: ctx.settings.logLimitBytes,
    },
    record: {
      command: JSON.stringify(
        (resource
          ? [RESOURCE_EXECUTOR, JSON.stringify(resource.manifest)]
          : rendered
        ).map(arg => maskText(arg, secrets)),
      ),
      env: JSON.stringify(
        Object.fromEntries(
          Object.entries(withoutHidden(env, task.airflow)).map(
            ([key, value]) => [key, maskText(value, secrets)],
          ),
        ),
      ),
      inputs: JSON.stringify({
        ...resolved.inputs,
        ...plainFields(task, secrets),
      }),
      masks: ctx.inputs.sealMasks(attemptId, secrets),
    },
    cacheText: task.cache?.key && maskText(render(task.cache.key), secrets),
    usesHidden: hidden.length > 0,
  };
}

/** Its resources; more memory after tries that ran out of it. */
async function resourcesOf(
  draft: RunDraft,
  slot: number,
): Promise<TaskDefinition['resources']> {
  const { ctx, tx } = draft;
  const { no, resources, kubernetes } = draft.task(slot);
  if (!kubernetes?.moreMemory) return resources;
  const { map_index: mapIndex } = draft.instance(slot);
  const row = await ctx.db
    .table(tx, 'attempts')
    .where({ run_id: draft.id, task_no: no, map_index: mapIndex })
    .where({ failure: 'oom' })
    .count({ count: '*' })
    .first();
  return moreMemory(resources, kubernetes.moreMemory, num(row?.count ?? 0));
}

/** What every instance of a task gets alike. */
export interface SharedInputs {
  resolved: ResolvedInputs;
  /** Undefined when nothing in it is an expression. */
  context?: ExpressionContext;
  hidden: string[];
}

async function readInputs(
  draft: RunDraft,
  task: TaskDefinition,
  slot: number,
): Promise<SharedInputs> {
  const { ctx, tx } = draft;
  const resolved =
    task.connections.length + task.variables.length > 0
      ? await ctx.inputs.resolveForTask(tx, {
          connections: task.connections,
          variables: task.variables,
        })
      : { env: {}, secrets: [], inputs: {} };
  const templates = [
    ...(task.command ?? []),
    ...Object.values(task.env ?? {}),
    ...templatesIn(task.resource?.manifest),
    task.cache?.key ?? '',
  ].filter(text => text.includes('${{'));
  if (templates.length === 0) return { resolved, hidden: [] };
  const { context, hidden } = await expressionContext(
    draft,
    templates.map(text => templateReferences(text)),
    task.finally,
    slot,
  );
  return { resolved, context, hidden };
}

/** What Linux takes as one argument or one `NAME=value`, with its end mark. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

/** @throws InputError for what no process could be started with */
export function assertSizes(
  command: string[],
  env: Record<string, string>,
): void {
  const assertSize = (what: string, text: string) => {
    // A character has at most three bytes a UTF-16 unit.
    if (text.length * 3 <= MAX_ARGUMENT_BYTES) return;
    const bytes = Buffer.byteLength(text);
    if (bytes <= MAX_ARGUMENT_BYTES) return;
    throw new InputError(
      `${what} has ${bytes} bytes, an argument or a variable of the environment can have ${MAX_ARGUMENT_BYTES}; hand on where the data stands (a file, a table, an object) instead of the data`,
    );
  };
  command.forEach((text, i) =>
    assertSize(`Argument ${i} of the command`, text),
  );
  for (const [name, value] of Object.entries(env)) {
    assertSize(`Environment variable ${name}`, `${name}=${value}`);
  }
}

/** The part of the environment that every task gets (task contract). */
function contractEnvironment(
  draft: RunDraft,
  slot: number,
  of: { tryNumber: number; attemptId: string; mapped?: MappedItem },
): Record<string, string> {
  const { run } = draft;
  const facts = runFacts(draft);
  const env: Record<string, string> = {
    MAESTRO_PIPELINE: draft.definition.name,
    MAESTRO_RUN_ID: run.run_id,
    MAESTRO_RUN_KEY: run.run_key,
    MAESTRO_TASK_ID: draft.task(slot).id,
    MAESTRO_MAP_INDEX: String(draft.instance(slot).map_index),
    MAESTRO_TRY_NUMBER: String(of.tryNumber),
    MAESTRO_ATTEMPT_ID: of.attemptId,
    MAESTRO_TRIGGER: run.trigger,
    MAESTRO_RUN_AFTER: facts.run_after,
    MAESTRO_PARAMS: run.params,
  };
  Object.assign(env, airflowEnvironment(draft, slot));
  Object.assign(env, callbackEnvironment(draft, slot));
  Object.assign(env, bashContext(draft, slot, of.tryNumber));
  if (of.mapped) env.MAESTRO_MAP_ITEM = of.mapped.text;
  if (draft.task(slot).finally) {
    const outcome = outcomeFacts(draft);
    env.MAESTRO_RUN_STATE = outcome.state;
    env.MAESTRO_RUN_REASON = outcome.reason;
    env.MAESTRO_RUN_FAILED_TASKS = outcome.failed_tasks.join(',');
  }
  for (const name of [
    'logical_date',
    'data_interval_start',
    'data_interval_end',
  ]) {
    if (facts[name]) env[`MAESTRO_${name.toUpperCase()}`] = facts[name];
  }
  return env;
}

/**
 * Where the task SDK of Airflow finds the task.
 *
 * @throws InputError without a task API, which it cannot do without
 */
function airflowEnvironment(
  draft: RunDraft,
  slot: number,
): Record<string, string> {
  const { airflow } = draft.definition;
  const task = draft.task(slot);
  const isRendered = task.airflow?.templates !== undefined;
  const calls = isRendered || speaksForItself(task);
  if (!airflow || !(calls || task.bash)) return {};
  if (calls && draft.ctx.taskApiUrl() === undefined) {
    throw new InputError(
      'A task of Airflow calls the task API, which is switched off: set maestro.taskApi.listen',
    );
  }
  return {
    MAESTRO_AIRFLOW_DAG_ID: airflow.dagId,
    MAESTRO_AIRFLOW_FILE: airflow.file,
    MAESTRO_AIRFLOW_SOURCE: airflow.source,
    MAESTRO_AIRFLOW_ENVIRONMENT: airflow.environment,
  };
}
