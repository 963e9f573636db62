import type { ConformanceAspect, ExecutorConformanceOptions } from './Harness';

/** `it` for a test that needs a part of the contract, or `it.skip`. */
export type Applies = (aspect: ConformanceAspect) => jest.It;

/** @param without - what the executor has no place for */
export function appliesTo(
  without: NonNullable<ExecutorConformanceOptions['without']>,
): Applies {
  // What is left out, and why, stands in the title of the suite.
  return aspect => (without[aspect] === undefined ? it : (it.skip as jest.It));
}
