import type { RunDetail, Why } from '@maestro/plugin-maestro-common';

type Action = NonNullable<Why['chain'][number]['action']>;

/** What a page can do about a reason. */
export type WhyTarget =
  | { kind: 'resume'; pipeline: string }
  | { kind: 'unpause_backfill'; id: string }
  | {
      kind:
        | 'run'
        | 'task'
        | 'log'
        | 'clear'
        | 'connection'
        | 'variable'
        | 'asset'
        | 'pool'
        | 'status'
        | 'trigger';
      id: string;
    };

/**
 * What the action of a reason means here; undefined for one that this page
 * does not know, which is then shown as words.
 */
export function whyAction(
  action: Action,
  run: Pick<RunDetail, 'pipeline'>,
): WhyTarget | undefined {
  const { kind, target } = action;
  if (kind === 'unpause_backfill') {
    return target === undefined ? undefined : { kind, id: target };
  }
  if (/resume|unpause/.test(kind)) {
    return { kind: 'resume', pipeline: target ?? run.pipeline };
  }
  if (target === undefined) {
    return undefined;
  }
  // The question stands where its task is shown.
  if (kind === 'approve') {
    return { kind: 'task', id: target };
  }
  for (const known of [
    'run',
    'task',
    'log',
    'clear',
    'connection',
    'variable',
    'asset',
    'pool',
    'status',
    'trigger',
  ] as const) {
    if (kind === known || kind === `open_${known}`) {
      return { kind: known, id: target };
    }
  }
  return undefined;
}
