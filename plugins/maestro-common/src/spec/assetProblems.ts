import { ExpressionError } from '../core/expressionError';
import { checkRequestExpression } from '../core/webhookParams';
import { schedulesOf } from './compilePipeline';
import type { LooseTask } from './graphProblems';
import type { ProblemList } from './problems';
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
  const { schedule } = (spec ?? {}) as Record<string, any>;
  schedulesOf<any>(schedule).forEach((one, i) => {
    const assets: unknown[] = [one?.assets?.any, one?.assets?.all].flat();
    const own = assets.find(name => made.has(name as string));
    if (own === undefined) return;
    const place = Array.isArray(schedule) ? ['schedule', i] : ['schedule'];
    list.warn(
      ['spec', ...place, 'assets'],
      `The pipeline awaits "${own}", which it produces itself: each run starts the next one`,
    );
  });
}

function producedBy(produces: unknown): unknown[] {
  return Array.isArray(produces)
    ? produces.map(one => (typeof one === 'string' ? one : one?.asset))
    : [];
}

function findProducedProblems(task: LooseTask, list: ProblemList): void {
  const { produces, run } = task.raw as Record<string, unknown>;
  if (!Array.isArray(produces)) return;
  const path = ['spec', 'tasks', task.index, 'produces'];
  if (produces.length > 0 && run === undefined) {
    list.add(
      path,
      `Task "${task.id}" launches nothing, so it cannot produce an asset`,
      '"produces" at a task with "run"',
    );
  }
  const seen = new Set<string>();
  produces.forEach((one: unknown, i) => {
    const asset = typeof one === 'string' ? one : (one as any)?.asset;
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
  const { webhooks, params } = (spec ?? {}) as Record<string, any>;
  if (!Array.isArray(webhooks)) return;
  const known = Object.keys(params?.properties ?? {});
  const takesOthers =
    params?.additionalProperties !== undefined &&
    params.additionalProperties !== false;
  const ids = new Set<string>();
  webhooks.forEach((webhook: any, i: number) => {
    const path = ['spec', 'webhooks', i];
    if (typeof webhook?.id === 'string') {
      if (ids.has(webhook.id)) {
        list.add([...path, 'id'], `Webhook id "${webhook.id}" is used twice`);
      }
      ids.add(webhook.id);
    }
    for (const [name, source] of Object.entries(webhook?.params ?? {})) {
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
