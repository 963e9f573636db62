import type { Fault } from '../history/History';
import type { Simulation } from '../Simulation';
import { launchRefusal } from './FakeExecutor';
import type { Host } from './Host';
import type { Operation } from './OperationQueue';

/** An error as a driver gives it. */
function databaseError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * Lets an operation pass, with what goes wrong at it; where that takes a while,
 * the result is to be awaited.
 */
export function applyFault(
  simulation: Simulation,
  operation: Operation,
  fault: Fault | undefined,
): Promise<void> | undefined {
  const { operations, time, faults } = simulation;
  const isStatement =
    operation.kind === 'statement' || operation.kind === 'commit';
  if (isStatement && time.now < simulation.databaseAwayUntil) {
    refuse(operation, databaseError('08006', 'the database is away'));
    return undefined;
  }
  if (!fault) return operations.perform(operation);
  return hit(simulation, operation, fault).then(done => {
    if (done) faults.count(fault.kind);
  });
}

/** @returns whether the fault did something */
async function hit(
  simulation: Simulation,
  operation: Operation,
  { kind, ms = 0 }: Fault,
): Promise<boolean> {
  const { operations, time, random, world, hosts } = simulation;
  const host = hosts.find(({ process }) => process === operation.process)!;
  switch (kind) {
    case 'crash':
      operations.add(operation);
      crash(simulation, host, ms, 0);
      return true;
    case 'crash_silent':
      operations.add(operation);
      // A driver in this process takes back at once what it began.
      if (simulation.store.kind !== 'model') return false;
      crash(simulation, host, ms, ms * 2);
      return true;
    case 'crash_after': {
      const { reject } = operation;
      operation.resolve = () => {};
      operation.reject = () => {};
      await operations.perform(operation);
      crash(simulation, host, ms, 0);
      if (simulation.store.unwindsOnDeath) reject(new Error('it is dead'));
      return true;
    }
    case 'host_lost': {
      operations.add(operation);
      // Somebody must be left to go on.
      const others = hosts.filter(other => other !== host && !other.isLost);
      if (others.length === 0) return false;
      host.isLost = true;
      host.crash(0);
      for (const site of world.sites) {
        if (site.instance.endsWith(`@h${host.no}`)) site.loseAll();
      }
      return true;
    }
    case 'sleep':
    case 'sleep_at_launch':
      operations.add(operation);
      operation.process.sleep(ms);
      return true;
    case 'statement_fails':
      refuse(operation, databaseError('08006', 'connection terminated'));
      return true;
    case 'serialization':
      refuse(operation, databaseError('40001', 'could not serialize access'));
      return true;
    case 'commit_fails':
      refuse(operation, databaseError('08006', 'connection lost at commit'));
      return true;
    case 'commit_unknown':
      operation.resolve = () =>
        operation.reject(databaseError('08006', 'no answer to the commit'));
      await operations.perform(operation);
      return true;
    case 'database_away':
      simulation.databaseAwayUntil = time.now + ms;
      refuse(operation, databaseError('08006', 'the database is away'));
      return true;
    case 'launch_lost':
    case 'cancel_lost':
    case 'list_fails':
    case 'start_fails':
    case 'forget_fails':
      refuse(operation, new Error('connection reset'));
      return true;
    case 'launch_unanswered':
      operation.resolve = () => operation.reject(new Error('socket hang up'));
      await operations.perform(operation);
      return true;
    case 'launch_refused':
      refuse(operation, launchRefusal());
      return true;
    case 'launch_full': {
      const sites = world.sites.filter(site => site.canWait);
      sites.forEach(site => site.fill(ms));
      await operations.perform(operation);
      return sites.length > 0;
    }
    case 'launch_slow':
    case 'statement_slow':
    case 'list_slow':
    case 'observation_late':
      operation.notBefore = time.now + ms;
      operations.add(operation);
      time.after(ms, () => {});
      return true;
    case 'observation_lost':
      return true;
    case 'observation_doubled':
      operations.add({ ...operation });
      await operations.perform(operation);
      return true;
    case 'database_clock_jumps':
      simulation.databaseOffset += ms;
      await operations.perform(operation);
      return true;
    case 'process_clock_jumps':
      operation.process.clockOffset += ms;
      await operations.perform(operation);
      return true;
    case 'task_vanishes': {
      await operations.perform(operation);
      const site = random.pick(world.sites);
      return site.vanish(ids => random.pick(ids));
    }
    default:
      throw new Error(`Unknown kind of fault "${kind}"`);
  }
}

function refuse(operation: Operation, error: Error): void {
  operation.onFault?.();
  operation.reject(error);
}

function crash(
  simulation: Simulation,
  host: Host,
  downMs: number,
  noticedAfterMs: number,
): void {
  host.crash(noticedAfterMs);
  simulation.time.after(downMs, () => void host.boot());
}
