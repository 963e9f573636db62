import { z } from 'zod';
import { RETRY_CLASSES } from '../core/run/retryPolicy';
import { DEFAULT_MAP_ITEMS, MAX_MAP_ITEMS } from '../core/run/mapping';
import { TRIGGER_RULES } from '../core/pipeline/triggerRules';
import { WEIGHT_RULES } from './priorities';
import { image, kubernetes, resources } from './kubernetesSpec';
import { resourceStep } from './resourceSpec';
import { assetName, duration, name } from './specTexts';
import { approveStep, httpStep, pipelineStep, waitStep } from './waitSpec';

/**
 * The `spec` of an entity of kind `Pipeline`, version `maestro.dev/v1alpha1`.
 * This schema is the only description of the format: the JSON Schema of the
 * catalog's model layer and of editors is made from it, and the one validator
 * (`validatePipeline`) adds what no schema can say: cycles, unknown upstreams,
 * bad cron expressions, bad CEL.
 *
 * @packageDocumentation
 */

/** The API version of the kind. @public */
export const PIPELINE_API_VERSION = 'maestro.dev/v1alpha1';

/** The kind. @public */
export const PIPELINE_KIND = 'Pipeline';

// A date in YAML 1.2 is a text. Its meaning is checked by the validator.
const date = z
  .string()
  .min(1)
  .max(40)
  .describe(
    'ISO 8601 date, or date and time; without an offset in the time zone of the schedule',
  );

const taskId = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/,
    'letters, digits, "_", "-" and ".", at most 200 characters, beginning with a letter or "_"',
  )
  .describe('Name of the task, unique in its pipeline');

const produces = z
  .array(
    z.union([
      assetName,
      z.strictObject({
        asset: assetName,
        on: z
          .union([
            z.literal('success'),
            z.strictObject({
              alert: z
                .string()
                .regex(
                  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
                  'the kind of an alert: letters, digits, "_", "-" and "."',
                ),
            }),
          ])
          .optional()
          .describe('Default success; or when the task sends such an alert'),
      }),
    ]),
  )
  .max(100)
  .describe('Assets that have an event when an attempt of the task succeeds');

// `exit:99` asks to be skipped, which is no failure.
const retryEntry = z
  .string()
  .regex(
    new RegExp(
      `^(${RETRY_CLASSES.join(
        '|',
      )}|exit:(?!99$)([1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5]))$`,
    ),
    `one of ${RETRY_CLASSES.join(', ')}, or an exit code such as exit:75`,
  );

const retryFields = {
  retries: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('How often a failed try is repeated. Default 0'),
  retryDelay: duration.optional().describe('Wait before a retry. Default PT5M'),
  retryBackoff: z
    .enum(['fixed', 'exponential'])
    .optional()
    .describe('Default fixed; exponential doubles the delay with each retry'),
  maxRetryDelay: duration
    .optional()
    .describe('Upper bound of an exponential delay. Default PT1H'),
  retryOn: z
    .array(retryEntry)
    .max(100)
    .optional()
    .describe(
      'Failures of the task that are repeated, by class or as exit:N. Default all',
    ),
  noRetryOn: z
    .array(retryEntry)
    .max(100)
    .optional()
    .describe(
      'Failures that are not repeated, by class or as exit:N. Default none',
    ),
};

const taskDefaults = {
  ...retryFields,
  timeout: duration
    .optional()
    .describe(
      'Time a try may run, counted from its start. Default none; P7D for one that waits for what may never come',
    ),
  queuedTimeout: duration
    .optional()
    .describe(
      'Time a task may be ready without running: for a slot, its pod, its image. Default none',
    ),
  image: image.optional(),
  resources: resources.optional(),
  kubernetes: kubernetes.optional(),
  executor: name
    .optional()
    .describe('Executor that runs the task. Default: the configured one'),
  pool: name.optional().describe('Pool whose slots the task uses'),
  weightRule: z
    .enum(WEIGHT_RULES)
    .optional()
    .describe(
      'Whose priorities count: its own (absolute, the default), with those of all tasks below it (downstream) or above it (upstream)',
    ),
  dependsOnPast: z
    .boolean()
    .optional()
    .describe(
      'Waits until the same task of the run before succeeded or was skipped',
    ),
  waitForDownstream: z
    .boolean()
    .optional()
    .describe('As dependsOnPast, and also what is directly below it there'),
  maxActive: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('The task at the same time, over all runs. Default none'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .optional(),
  connections: z
    .array(name)
    .max(100)
    .optional()
    .describe('Connections given to the task as environment'),
  variables: z
    .array(name)
    .max(100)
    .optional()
    .describe('Variables given to the task as environment'),
};

const runStep = z
  .strictObject({
    command: z.array(z.string().max(32_768)).min(1).max(1000),
    env: taskDefaults.env,
  })
  .describe('A command, in a process or a container');

const stepCache = z
  .union([
    z.strictObject({
      key: z
        .string()
        .min(1)
        .max(2048)
        .optional()
        .describe(
          'What of a run matters, with ${{ }}. Default: command, environment, params, data interval',
        ),
      ttl: duration
        .optional()
        .describe('How long a result may be reused. Default P30D'),
      version: z
        .int()
        .min(0)
        .max(1_000_000)
        .optional()
        .describe('Raise it to forget older results. Default 1'),
      sources: z
        .array(z.string().min(1).max(500))
        .min(1)
        .max(100)
        .optional()
        .describe(
          'Source files and folders that the task depends on. Default all',
        ),
    }),
    z.literal(true),
  ])
  .describe('Reuse the result of an equal task of an earlier run');

const branchStep = z
  .strictObject({
    if: z
      .string()
      .min(1)
      .max(2048)
      .describe('CEL expression that gives a bool'),
    then: z
      .array(taskId)
      .describe('Direct downstream tasks followed when true'),
    else: z
      .array(taskId)
      .default([])
      .describe('Direct downstream tasks followed when false'),
  })
  .describe('Follows some of the direct downstream tasks and skips the others');

const mapList = {
  over: z
    .union([
      z.string().min(1).max(2048),
      z.array(z.unknown()).max(MAX_MAP_ITEMS),
    ])
    .describe('CEL expression that gives a list, or the list itself'),
  maxItems: z
    .int()
    .min(1)
    .max(MAX_MAP_ITEMS)
    .optional()
    .describe(
      `A longer list fails the task. Default ${DEFAULT_MAP_ITEMS}, at most ${MAX_MAP_ITEMS}`,
    ),
};

const mapStep = z
  .strictObject({
    ...mapList,
    parallel: z
      .int()
      .min(1)
      .max(MAX_MAP_ITEMS)
      .optional()
      .describe('Instances that run at the same time in one run. Default none'),
  })
  .describe(
    'Runs the task once for each item of a list, as `item` and `index`',
  );

const teardown = z
  .strictObject({
    of: z
      .array(taskId)
      .min(1)
      .max(100)
      .describe('Setups that it takes down; it depends on them'),
    failsRun: z
      .boolean()
      .optional()
      .describe('Whether its failure fails the run. Default false'),
  })
  .describe(
    'Takes down what setups have set up, once all that it depends on is over, also after a failure or a cancel',
  );

const task = z.strictObject({
  id: taskId,
  title: z.string().max(200).optional(),
  description: z.string().max(10_000).optional(),
  dependsOn: z.array(taskId).max(10_000).optional(),
  triggerRule: z.enum(TRIGGER_RULES).optional(),
  setup: z
    .boolean()
    .optional()
    .describe('Sets up what tasks below it work with'),
  teardown: teardown.optional(),
  group: taskId.optional().describe('Group that the task is in'),
  ...taskDefaults,
  sla: duration
    .optional()
    .describe('Deadline, counted from when the task is ready'),
  priority: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .optional()
    .describe('Higher runs first. Default 1'),
  cache: stepCache.optional(),
  run: runStep.optional(),
  map: mapStep.optional(),
  branch: branchStep.optional(),
  wait: waitStep.optional(),
  http: httpStep.optional(),
  approve: approveStep.optional(),
  pipeline: pipelineStep.optional(),
  'kubernetes.resource': resourceStep.optional(),
  produces: produces.optional(),
});

const assetNames = z.array(assetName).min(1).max(100);

const assetParts = z
  .array(
    z.union([
      assetName,
      z
        .strictObject({
          any: assetNames.optional().describe('An event of any of them'),
          all: assetNames.optional().describe('An event of each'),
        })
        .refine(({ any, all }) => (any === undefined) !== (all === undefined), {
          message: 'give either any or all',
        }),
    ]),
  )
  .min(1)
  .max(100);

const assetCondition = z
  .strictObject({
    any: assetParts.optional().describe('An event of any of them'),
    all: assetParts
      .optional()
      .describe('An event of each since the last run by this schedule'),
  })
  .refine(({ any, all }) => (any === undefined) !== (all === undefined), {
    message: 'give either any or all',
  });

const group = z
  .strictObject({
    id: taskId,
    title: z.string().max(200).optional(),
    parent: taskId.optional().describe('Group that it is in'),
    retries: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe(
        'How often all its tasks are run again when the group failed. Default 0',
      ),
    retryDelay: duration
      .optional()
      .describe('Wait before a retry. Default PT5M'),
    map: z
      .strictObject(mapList)
      .optional()
      .describe(
        'Runs its tasks once for each item of a list, as `item` and `index`; each sees the tasks of the group at its own index',
      ),
  })
  .describe('Tasks that are shown, cleared and retried as one');

/** Days of the week as people write them; the index is that of a date. */
export const WEEKDAYS = [
  'sun',
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
] as const;

const schedule = z.strictObject({
  id: name.optional().describe('Part of the key of a tick. Default "default"'),
  cron: z.string().min(1).max(200).optional(),
  every: duration.optional().describe('Interval, counted from startDate'),
  dates: z
    .array(date)
    .min(1)
    .max(1000)
    .optional()
    .describe('Explicit due times'),
  continuous: z
    .literal(true)
    .optional()
    .describe('A run starts as soon as the last one is over'),
  pause: duration
    .optional()
    .describe(
      'Of continuous: between the end of a run and the next one. Default PT1S, and at least PT10S after one that failed',
    ),
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .max(7)
    .optional()
    .describe(
      'Only on these days of the week, such as [mon, tue, wed, thu, fri]',
    ),
  except: z
    .array(date)
    .max(1000)
    .optional()
    .describe('Not on these days, such as public holidays'),
  when: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe('CEL expression; a due time at which it is false starts no run'),
  jitter: duration
    .optional()
    .describe(
      'Spreads starts: each is later than its due time by up to so much, always by the same',
    ),
  timezone: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('IANA name. Default UTC'),
  startDate: date.optional(),
  endDate: date.optional(),
  catchup: z
    .boolean()
    .optional()
    .describe(
      'Whether due times that were missed are run later. Default false',
    ),
  assets: assetCondition
    .optional()
    .describe('Starts a run on asset events; beside due times, or without'),
  cooldown: duration
    .optional()
    .describe('Asset events start at most one run in this time. Default none'),
});

const webhook = z.strictObject({
  id: name.describe('Last part of its address'),
  params: z
    .record(z.string(), z.string().min(1).max(2048))
    .optional()
    .describe('CEL over request.body, by param of the run'),
});

const kept = z
  .strictObject({
    maxAge: duration.optional().describe('Since the end of the run'),
    maxCount: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('The newest finished runs that keep it'),
  })
  .refine(limits => limits.maxAge ?? limits.maxCount, {
    message: 'give maxAge, maxCount or both; either limit removes',
  });

const retention = z
  .strictObject({
    runs: kept
      .optional()
      .describe('Finished runs with all that belongs to them'),
    logs: kept.optional().describe('Logs, where they are to go earlier'),
    artifacts: kept
      .optional()
      .describe('Reports, where they are to go earlier'),
  })
  .describe('What is removed by itself. Default: what the installation says');

/**
 * Zod schema of `spec`.
 *
 * @public
 */
export const pipelineSpecSchema = z.strictObject({
  type: z
    .string()
    .min(1)
    .max(100)
    .describe('Such as training, feature, validation'),
  owner: z.string().min(1).max(500),
  lifecycle: z.string().min(1).max(100).optional(),
  system: z.string().min(1).max(500).optional(),
  dependsOn: z
    .array(z.string().min(1).max(500))
    .max(1000)
    .optional()
    .describe('Other entities that the pipeline needs'),
  schedule: z
    .union([schedule, z.array(schedule).max(20)])
    .optional()
    .describe('When it runs by itself; without it only when triggered'),
  webhooks: z
    .array(webhook)
    .max(20)
    .optional()
    .describe('Requests from outside that start a run, each with its secret'),
  sla: duration
    .optional()
    .describe('Deadline of a run; for a scheduled run from its due time'),
  timeout: duration.optional().describe('Time a run may take. Default none'),
  retention: retention.optional(),
  overlap: z
    .enum(['queue', 'skip', 'cancel_older'])
    .optional()
    .describe(
      'What a due time does while a run is queued or running. Default queue',
    ),
  maxActiveRuns: z.int().min(1).max(10_000).optional().describe('Default 16'),
  maxActiveTasks: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('Default none'),
  params: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSON Schema (type: object) of the parameters of a run'),
  defaults: z
    .strictObject(taskDefaults)
    .optional()
    .describe('Values for every task that does not name its own'),
  groups: z
    .array(group)
    .max(1000)
    .optional()
    .describe('Groups that tasks name'),
  tasks: z.array(task).min(1).max(10_000),
  finally: z
    .array(task)
    .max(100)
    .optional()
    .describe('Tasks that run after all others, whatever happened to them'),
});

/**
 * The `spec` of a Pipeline entity as people write it.
 *
 * @public
 */
export type PipelineSpec = z.input<typeof pipelineSpecSchema>;

/**
 * One task as people write it.
 *
 * @public
 */
export type PipelineTaskSpec = PipelineSpec['tasks'][number];
