import { z } from 'zod';
import { HTTP_METHODS } from '../core/pipeline/waitDefinition';
import { assetName, duration, name } from './specTexts';

/**
 * Steps that wait for something outside the run. They need no process and take
 * no slot: their state is `deferred`, and the scheduler looks when it is time.
 *
 * @packageDocumentation
 */

const expression = z.string().min(1).max(2048);

const httpRequest = {
  url: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'Absolute, or a path such as /ready on the host of the connection',
    ),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/), z.string())
    .optional(),
  connection: name
    .optional()
    .describe('Connection that gives host and credentials'),
};

const httpCondition = z.strictObject({
  ...httpRequest,
  method: z.enum(['GET', 'HEAD']).optional().describe('Default GET'),
  status: z
    .array(z.int().min(100).max(599))
    .min(1)
    .max(50)
    .optional()
    .describe('Statuses that are an answer. Default [200]'),
  until: expression
    .optional()
    .describe('CEL over response.status, response.headers and response.body'),
});

const otherRun = z.strictObject({
  pipeline: name.describe('Name of another pipeline'),
  state: z
    .enum(['success', 'failed', 'finished'])
    .optional()
    .describe('How it ended. Default success; finished takes either'),
  within: duration
    .optional()
    .describe('One that ended not longer ago than that'),
  logicalDate: z
    .literal('same')
    .optional()
    .describe('One with the logical date of this run; the default'),
});

const awaitedAsset = z.strictObject({
  name: assetName,
  since: z
    .enum(['run', 'ready'])
    .optional()
    .describe(
      'The oldest event that will do: since the run was due, or since the task was ready. Default run',
    ),
  within: duration
    .optional()
    .describe(
      'Instead of since: an event not longer before the task was ready than that',
    ),
});

/** `wait`. */
export const waitStep = z
  .strictObject({
    for: duration.optional().describe('A time, from when the task is ready'),
    until: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('ISO 8601 instant, may be an expression'),
    http: httpCondition.optional().describe('An answer of an HTTP server'),
    object: z
      .strictObject({
        path: z
          .string()
          .min(1)
          .max(4096)
          .describe('An absolute path, file:///data/x or s3://bucket/key'),
        connection: name
          .optional()
          .describe(
            'Of s3:// only: the connection of type aws that gives keys and address. Default aws_default',
          ),
      })
      .optional()
      .describe(
        'A file that exists where the scheduler runs, or an object of S3',
      ),
    run: otherRun.optional().describe('A run of another pipeline'),
    asset: awaitedAsset.optional().describe('An event of an asset'),
    every: duration
      .optional()
      .describe('Time between two looks. Default PT30S, for object PT1M'),
  })
  .describe(
    'Waits for a time, an HTTP answer, a file or object, another run or an asset',
  );

/** `http`. */
export const httpStep = z
  .strictObject({
    ...httpRequest,
    method: z.enum(HTTP_METHODS).optional().describe('Default GET'),
    body: z
      .unknown()
      .optional()
      .describe('A text, or a value that is sent as JSON'),
    expect: expression
      .optional()
      .describe('CEL over response. Default response.status < 300'),
    outputs: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), expression)
      .optional()
      .describe('Outputs of the task, each CEL over response'),
  })
  .describe('Sends one HTTP request; its answer decides');

/** `approve`. */
export const approveStep = z
  .strictObject({
    message: z.string().min(1).max(10_000),
    input: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('JSON Schema (type: object) of what the decider fills in'),
    approvers: z
      .array(z.string().min(1).max(500))
      .max(100)
      .optional()
      .describe(
        'Users and groups that may decide, such as group:default/ml-team. Default: everybody with the permission',
      ),
    timeout: duration
      .optional()
      .describe('How long it waits. Default for ever'),
    onTimeout: z.enum(['fail', 'skip']).optional().describe('Default fail'),
  })
  .describe('Asks people, and waits for their decision');

/** `pipeline`. */
export const pipelineStep = z
  .strictObject({
    name: name.describe('Name of the pipeline'),
    params: z.record(z.string(), z.unknown()).optional(),
    wait: z
      .boolean()
      .optional()
      .describe('Whether the task lasts until the run is over. Default true'),
  })
  .describe('Starts a run of another pipeline');
