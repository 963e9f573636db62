import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { Reconciler } from '../engine/Reconciler';
import { difference } from '../database/difference';
import { RunDraft } from '../engine/RunDraft';
import { WaitLooks } from '../engine/waits/WaitLooks';
import type { SimulationOptions } from './Simulation';
import type { ModelRow } from './store/conditions';
import { ModelStore, type ModelTransaction } from './store/ModelStore';
import type { ModelTable } from './store/modelSchema';
import { ModelStores } from './stores';

/** An engine or a store that is broken on purpose. */
export interface Mutant {
  name: string;
  /** Rules of which the first one that is seen to be broken must be one. */
  breaks: RegExp;
  /** Within how many histories it must be found; usually 400. */
  histories?: number;
  stores?: () => ModelStores;
  adjust?: SimulationOptions['adjust'];
  /** Changes a class; returns how to take that back. */
  patch?(): () => void;
}

/** A store whose locks on some tables lock nothing. */
class UnlockedStore extends ModelStore {
  constructor(
    schema: ReadonlyMap<string, ModelTable>,
    private readonly unlocked: readonly string[],
  ) {
    super(schema);
  }

  override lock(tx: ModelTransaction, name: string, key: string): void {
    if (!this.unlocked.includes(name)) super.lock(tx, name, key);
  }
}

/** A store that lets the same key in twice. */
class KeylessStore extends ModelStore {
  override conflicting(
    tx: ModelTransaction,
    table: ModelTable,
    row: ModelRow,
    ignoreKey: string,
  ) {
    return table.name === 'runs' || table.name === 'attempts'
      ? undefined
      : super.conflicting(tx, table, row, ignoreKey);
  }
}

/** A store that loses what was written to a table, now and then. */
class LosingStore extends ModelStore {
  private commits = 0;

  constructor(
    schema: ReadonlyMap<string, ModelTable>,
    private readonly table_: string,
  ) {
    super(schema);
  }

  override commit(tx: ModelTransaction): void {
    this.commits += 1;
    if (this.commits % 5 === 0) tx.writes.delete(this.table_);
    super.commit(tx);
  }
}

function replace<T extends object, K extends keyof T>(
  target: T,
  name: K,
  by: (original: T[K]) => T[K],
): () => void {
  const original = target[name];
  target[name] = by(original);
  return () => {
    target[name] = original;
  };
}

function withExecutors(
  change: (executor: TaskExecutor) => void,
): SimulationOptions['adjust'] {
  return ctx => {
    ctx.executors.forEach(change);
    return ctx;
  };
}

/** What the simulator must find. */
export const MUTANTS: Mutant[] = [
  {
    name: 'a store without the run lock',
    breaks:
      /under its lock|begins where|state machine|final state|left over|each change/,
    stores: () => new ModelStores(s => new UnlockedStore(s, ['runs'])),
  },
  {
    name: 'limits that are counted without their locks',
    // The cool-down of an asset schedule is kept under the pipeline's lock; two
    // who decide its due times without it set a timer again that is over.
    breaks: /limits are never exceeded|cool-down|left over/,
    stores: () =>
      new ModelStores(
        s => new UnlockedStore(s, ['pools', 'pipelines', 'executor_instances']),
      ),
  },
  {
    name: 'a store that takes the same run twice',
    breaks: /is used once|exactly one outcome/,
    stores: () => new ModelStores(s => new KeylessStore(s)),
  },
  {
    name: 'a store that loses timers',
    // A timer that was taken and comes back is one that nobody needs any more.
    breaks: /exactly one outcome|final state|left over/,
    stores: () => new ModelStores(s => new LosingStore(s, 'timers')),
  },
  {
    name: 'a store that loses what is waited for',
    // A wait that should be gone, of a task that runs again, may come first.
    breaks:
      /final state|left over|comes to an end|holds no slot|that nobody waits for/,
    stores: () => new ModelStores(s => new LosingStore(s, 'waits')),
  },
  {
    name: 'looks that are never made',
    breaks: /final state/,
    patch: () => replace(WaitLooks.prototype, 'start', () => () => {}),
  },
  {
    name: 'triggers that nobody runs',
    breaks: /final state/,
    adjust: withExecutors(executor => {
      if (executor.triggers) executor.triggers.start = () => {};
    }),
  },
  {
    name: 'an attempt that goes on while its task waits for a trigger',
    // What is seen of it again may come first.
    breaks: /holds no slot|state machine|once/,
    patch: () =>
      replace(
        RunDraft.prototype,
        'updateAttempt',
        original =>
          function updateAttempt(this: RunDraft, attempt, columns) {
            return original.call(
              this,
              attempt,
              columns.log_kept === 'copying'
                ? { ...columns, state: 'running' }
                : columns,
            );
          },
      ),
  },
  {
    name: 'a deferral that is forgotten before it resumes its task',
    breaks: /resumes its task once|says how/,
    patch: () =>
      replace(
        RunDraft.prototype,
        'updateAttempt',
        original =>
          function updateAttempt(this: RunDraft, attempt, columns) {
            const { resume, ...rest } = columns;
            return original.call(
              this,
              attempt,
              resume ? { ...rest, follow_up: attempt.follow_up } : columns,
            );
          },
      ),
  },
  {
    name: 'an observation that is applied without its guard',
    // A group whose attempt is taken for live again is not run again whole.
    breaks:
      /as a whole|state machine|begins where|left over|tries|final state|no gap|under its lock|limits/,
    patch: () => {
      const takeBack = [
        replace(
          RunDraft.prototype,
          'attempt',
          original =>
            async function attempt(this: RunDraft, attemptId: string) {
              const row = await original.call(this, attemptId);
              return row && { ...row, state: 'claimed' as const };
            },
        ),
        replace(
          RunDraft.prototype,
          'flushAttempts',
          () =>
            async function flushAttempts(this: RunDraft) {
              const { changedAttempts } = this;
              for (const [id, { before, after }] of changedAttempts) {
                if (before === after) continue;
                await this.ctx.db
                  .table(this.tx, 'attempts')
                  .where({ id: before.id })
                  .update(difference(before, after));
                changedAttempts.set(id, { before: after, after });
                this.addEvent({ type: 'unguarded', body: {} });
              }
            },
        ),
      ];
      return () => takeBack.forEach(restore => restore());
    },
  },
  {
    name: 'an executor that forgets what it runs',
    // What still runs at the end may be seen first.
    breaks: /two live attempts|nothing is left over|limits/,
    adjust: withExecutors(executor => {
      executor.list = async () => [];
    }),
  },
  {
    name: 'an executor that loses its launches without a word',
    breaks: /final state|comes to an end/,
    adjust: withExecutors(executor => {
      executor.launch = async () => {};
      executor.list = () => new Promise(() => {});
    }),
  },
  {
    // Whoever claimed it launches all the same, while others take it back.
    name: 'a lease that is over for everybody but its owner',
    breaks: /two live attempts|attempt is over|limits/,
    histories: 2_000,
    patch: () =>
      replace(
        RunDraft.prototype,
        'insertAttempts',
        original =>
          async function insertAttempts(this: RunDraft, columns) {
            return original.call(
              this,
              columns.map(one => ({ ...one, lease_until: this.now - 60_000 })),
            );
          },
      ),
  },
  {
    name: 'an executor that launches however late it is asked',
    breaks: /two live attempts|attempt is over/,
    histories: 1_500,
    adjust: withExecutors(executor => {
      const launch = executor.launch.bind(executor);
      executor.launch = async request =>
        launch({ ...request, beginWithinMs: undefined });
    }),
  },
  {
    name: 'a reconciler that never looks',
    breaks: /final state|left over/,
    patch: () =>
      replace(Reconciler.prototype, 'reconcile', () => async () => {}),
  },
  {
    name: 'a plan that looks at one change only',
    // What is planned again and again is a history that does not end.
    breaks: /each change is planned|final state|comes to an end/,
    patch: () =>
      replace(
        RunDraft.prototype,
        'takeUnplanned',
        original =>
          function takeUnplanned(this: RunDraft) {
            return original.call(this).slice(0, 1);
          },
      ),
  },
  {
    name: 'a task that is started although its rule does not hold',
    breaks: /trigger rule holds/,
    patch: () =>
      replace(
        RunDraft.prototype,
        'takeUnplanned',
        original =>
          function takeUnplanned(this: RunDraft) {
            const changed = original.call(this);
            const waits = this.states.indexOf('none');
            if (waits > 0 && changed.length > 0) {
              this.setTask(waits, 'scheduled', {
                reason: 'why not',
                ready_at: this.now,
              });
            }
            return changed;
          },
      ),
  },
];
