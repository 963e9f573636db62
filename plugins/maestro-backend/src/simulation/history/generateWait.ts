import type { PipelineTaskSpec } from '@maestro/plugin-maestro-common';
import type { Random } from '../Random';
import { START } from '../settings';

/** The steps of a task that waits for something outside. */
export type WaitSteps = Pick<
  PipelineTaskSpec,
  'wait' | 'http' | 'approve' | 'pipeline' | 'timeout'
>;

/**
 * A task that waits. What may never come has somebody who ends it: nothing
 * waits longer than a history lasts.
 */
export function generateWait(
  random: Random,
  /** Other pipelines. */
  others: readonly string[],
  /** Assets that may have events. */
  assets: readonly string[],
): WaitSteps {
  const timeout = random.pick(['PT5S', 'PT20S', 'PT2M'] as const);
  const every = random.pick(['PT1S', 'PT5S']);
  const pipeline =
    others.length > 0 && random.chance(0.85)
      ? random.pick(others)
      : // Itself, or one that is not there.
        random.pick(['p0', 'p1', 'p9']);
  const subRun = () => ({
    pipeline: {
      name: pipeline,
      params: { x: '${{ params.x }}' },
      wait: random.chance(0.85),
    },
    // Two pipelines that start each other may wait for each other's places.
    timeout,
  });
  return random.pick<() => WaitSteps>([
    () => ({
      wait: { for: random.pick(['PT0.1S', 'PT5S', 'PT40S']) },
      timeout: random.chance(0.2) ? timeout : undefined,
    }),
    () => ({
      wait: {
        until: random.pick([
          new Date(START + random.int(0, 90_000)).toISOString(),
          '${{ run.run_after }}',
          // Scheduled runs have one, others cannot begin to wait.
          '${{ run.data_interval_end }}',
        ]),
      },
    }),
    () => ({
      wait: {
        http: {
          url: 'https://example.org/${{ params.x }}',
          until: 'response.body.ready == true',
        },
        every,
      },
      timeout: random.chance(0.4) ? timeout : undefined,
    }),
    () => ({
      wait: {
        object: {
          path: random.pick(['/data/x', 's3://raw/${{ params.x }}']),
        },
        every,
      },
      timeout: random.chance(0.4) ? timeout : undefined,
    }),
    () => ({
      wait: {
        run: random.pick([
          { pipeline },
          { pipeline, within: 'PT1M', state: 'finished' as const },
        ]),
        every,
      },
      timeout,
    }),
    () => ({
      wait: {
        asset: {
          name: random.pick(assets),
          ...random.pick([
            {},
            { since: 'ready' as const },
            { within: 'PT20S' },
          ]),
        },
        every,
      },
      timeout,
    }),
    () => ({
      http: {
        method: 'POST',
        url: 'https://example.org/jobs',
        outputs: { n: 'response.body.n' },
      },
    }),
    () => ({
      approve: {
        message: 'Go on with ${{ params.x }}?',
        onTimeout: random.pick(['fail', 'skip'] as const),
      },
      timeout,
    }),
    subRun,
    subRun,
  ])();
}
