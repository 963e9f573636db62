import { ExpressionError } from '../core/expressions/expressionError';
import { checkRequestExpression } from '../core/schedule/webhookParams';
import { schedulesOf } from './compilePipeline';
import type { LooseTask } from './graphProblems';
import type { ProblemList } from './problems';
import { at } from './schemaProblems';
import { didYouMean } from './suggest';

/**
 * Assets that tasks produce, and webhooks: what no schema can say.
 *
 * @internal
 */
export function findAssetProblems(
  spec: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  for (const task of tasks) {
    findProducedProblems(task, list);
  }
  findWebhookProblems(spec, list);
  findCircles(spec, tasks, list);
}

/** A run that starts the next one; a condition or a cool-down may end it. */
function findCircles(
  spec: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const made = new Set(tasks.flatMap(({ raw }) => producedBy(raw.produces)));
  const schedule = at(spec, ['schedule']);
  schedulesOf(schedule).forEach((one, i) => {
    const own = ['any', 'all']
      .flatMap(key => at(one, ['assets', key]))
      .flatMap(part => [part, at(part, ['any']), at(part, ['all'])].flat())
      .find(name => made.has(name));
    if (own === undefined) return;
    const place = Array.isArray(schedule) ? ['schedule', i] : ['schedule'];
    list.warn(
      ['spec', ...place, 'assets'],
      `The pipeline awaits "${own}", which it produces itself: each run starts the next one`,
    );
  });
}

function producedBy(produces: unknown): unknown[] {
  return Array.isArray(produces) ? produces.map(assetOf) : [];
}

/** An asset is named alone, or with what it carries. */
function assetOf(one: unknown): unknown {
  return typeof one === 'string' ? one : at(one, ['asset']);
}

function findProducedProblems(task: LooseTask, list: ProblemList): void {
  const { produces, run } = task.raw;
  if (!Array.isArray(produces)) return;
  const path = [...task.path, 'produces'];
  if (produces.length > 0 && run === undefined) {
    list.add(
      path,
      `Task "${task.id}" launches nothing, so it cannot produce an asset`,
      '"produces" at a task with "run"',
    );
  }
  const seen = new Set<string>();
  produces.forEach((one: unknown, i) => {
    const asset = assetOf(one);
    if (typeof asset !== 'string') return;
    if (seen.has(asset)) {
      list.add(
        [...path, i],
        `Task "${task.id}" produces "${asset}" twice`,
        'each asset once: an attempt gives one event of it',
      );
    }
    seen.add(asset);
  });
}

function findWebhookProblems(spec: unknown, list: ProblemList): void {
  const webhooks = at(spec, ['webhooks']);
  if (!Array.isArray(webhooks)) return;
  const known = Object.keys(at(spec, ['params', 'properties']) ?? {});
  const additional = at(spec, ['params', 'additionalProperties']);
  const takesOthers = additional !== undefined && additional !== false;
  const ids = new Set<string>();
  webhooks.forEach((webhook: unknown, i) => {
    const path = ['spec', 'webhooks', i];
    const id = at(webhook, ['id']);
    if (typeof id === 'string') {
      if (ids.has(id)) {
        list.add([...path, 'id'], `Webhook id "${id}" is used twice`);
      }
      ids.add(id);
    }
    for (const [name, source] of Object.entries(
      at(webhook, ['params']) ?? {},
    )) {
      const place = [...path, 'params', name];
      if (!takesOthers && !known.includes(name)) {
        list.add(
          place,
          `The webhook gives the param "${name}", which spec.params does not name${didYouMean(
            name,
            known,
          )}`,
        );
      }
      if (typeof source !== 'string') continue;
      try {
        checkRequestExpression(source);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        list.add(place, error.message);
      }
    }
  });
}
