import type { MaestroDatabase } from '../../database/MaestroDatabase';
import { listAttempts } from '../../views/listAttempts';
import { VersionFactsCache } from '../../views/VersionFactsCache';
import { FakeTriggerHost } from './FakeTriggerHost';
import type { taskSystems } from './taskSystems';

/** As a task says that it waits for a trigger. */
export const DEFERRAL = {
  classpath: 'some.Trigger',
  trigger_kwargs: { password: 'hunter2-hunter2' },
  next_method: 'go_on',
  next_kwargs: { a: 1 },
};

/**
 * Tasks that have deferred themselves: `deferred(more, retries)` is one task, `a`,
 * with the trigger that it waits for.
 */
export function deferredTasks(systems: ReturnType<typeof taskSystems>) {
  return async function deferred(
    more: object = {},
    retries = 0,
    options: { movesClock?: boolean } = {},
  ) {
    const host = new FakeTriggerHost();
    const found = await systems([{ id: 'a', retries }], {
      triggers: host,
      ...options,
    });
    const a = await found.attempt('a');
    const answer = await a.state('deferred', { ...DEFERRAL, ...more });
    expect(answer.status).toBe(204);
    a.ends();
    await found.settled('deferred');
    const trigger = await found.until(() => host.started[0]);
    const asTrigger = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${trigger.api.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${trigger.api.token}`,
          'content-type': 'application/json',
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, text };
    };
    const begin = async (n: number) => {
      const next = await found.attempt('a', n);
      const { body } = await next.call(
        'PATCH',
        `task-instances/${next.id}/run`,
        {},
      );
      return { next, body };
    };
    const waits = () => found.db.table(found.db.knex, 'waits');
    return { ...found, a, host, trigger, asTrigger, begin, waits };
  };
}

/** What is kept of the deferrals of `a` for people. */
export const deferralHistory = async (db: MaestroDatabase, runId: string) =>
  (
    await listAttempts(
      { db, versions: new VersionFactsCache(db) },
      { runId, taskId: 'a', mapIndex: -1 },
    )
  ).map(({ followUp }) => followUp?.deferral);
