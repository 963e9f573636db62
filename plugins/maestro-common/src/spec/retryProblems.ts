import { PIPELINE_DEFAULTS } from './compilePipeline';
import { looseDurationMs } from './duration';
import type { LooseTask } from './graphProblems';
import type { ProblemList, ProblemPath } from './problems';
import { at } from './schemaProblems';

/** Retry settings that contradict each other, or that never have an effect. @internal */
export function findRetryProblems(
  spec: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const defaults = at(spec, ['defaults']);
  findIn(['spec', 'defaults'], defaults, {}, list);
  for (const { path, raw } of tasks) {
    findIn(path, raw, defaults, list);
  }
}

function findIn(
  path: ProblemPath,
  own: unknown,
  defaults: unknown,
  list: ProblemList,
): void {
  const value = (name: string) => at(own, [name]) ?? at(defaults, [name]);
  const isSaidHere = (...names: string[]) =>
    names.some(name => at(own, [name]) !== undefined);
  const retryOn = value('retryOn');
  const noRetryOn = value('noRetryOn');
  if (
    Array.isArray(retryOn) &&
    Array.isArray(noRetryOn) &&
    isSaidHere('retryOn', 'noRetryOn')
  ) {
    const both = retryOn.filter(entry => noRetryOn.includes(entry));
    if (both.length > 0) {
      list.add(
        [...path, isSaidHere('noRetryOn') ? 'noRetryOn' : 'retryOn'],
        `"${both[0]}" is named by both retryOn and noRetryOn`,
        'one of them',
      );
    }
  }
  if (
    Array.isArray(retryOn) &&
    retryOn.length > 0 &&
    isSaidHere('retryOn') &&
    path[1] !== 'defaults' &&
    !value('retries')
  ) {
    list.warn(
      [...path, 'retryOn'],
      'retryOn has no effect, because the task has no retries',
    );
  }
  const delay = looseDurationMs(value('retryDelay'));
  const most =
    looseDurationMs(value('maxRetryDelay')) ??
    PIPELINE_DEFAULTS.maxRetryDelayMs;
  if (
    value('retryBackoff') === 'exponential' &&
    delay !== undefined &&
    delay > most &&
    isSaidHere('retryBackoff', 'retryDelay', 'maxRetryDelay')
  ) {
    list.warn(
      [...path, isSaidHere('retryDelay') ? 'retryDelay' : 'retryBackoff'],
      'retryDelay is longer than maxRetryDelay, which an exponential delay never exceeds',
    );
  }
}
