/**
 * What every executor must do, as a test suite. Needs Jest's globals.
 *
 * @packageDocumentation
 */
import { type Applies, appliesTo } from './applies';
import { Harness, type ExecutorConformanceOptions } from './Harness';
import { describeLifecycle } from './lifecycle';
import { describeLogs } from './logs';
import { describeOutcomes } from './outcomes';

export { Harness };
export { makeMemoryCgroup, type MemoryCgroup } from './memoryCgroup';
export type {
  ConformanceAspect,
  ConformanceGate,
  ExecutorConformanceOptions,
  ExecutorFixture,
} from './Harness';

/**
 * Runs the conformance suite for an executor, a new fixture for each test.
 * After each test it fails when anything of an attempt is left.
 *
 * @public
 */
export function describeExecutorConformance(
  name: string,
  options: ExecutorConformanceOptions,
): void {
  const { without = {}, attemptTimeoutMs = 60_000 } = options;
  const applies: Applies = appliesTo(without);
  const left = Object.entries(without).map(
    ([aspect, why]) => ` (without ${aspect}: ${why})`,
  );
  describe(`executor ${name}${left.join('')}`, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = new Harness(await options.setUp(), attemptTimeoutMs, without);
    });
    afterEach(async () => {
      await harness.tearDown();
    });
    jest.setTimeout(3 * attemptTimeoutMs);
    describeOutcomes(
      () => harness,
      options.maxOutputBytes ?? 256 * 1024,
      applies,
    );
    describeLogs(() => harness, options.bigLogBytes ?? 200_000_000, applies);
    describeLifecycle(() => harness, applies, options);
  });
}
