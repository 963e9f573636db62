import { z } from 'zod';

/*
 * The parts of MLflow's REST answers that the portal uses, as an MLflow 3.17
 * server sends them. Unknown fields are dropped, so that a newer server does
 * not break the portal; fields the portal needs are checked.
 */

// Protobuf JSON may carry 64-bit integers as text (Databricks does).
const int64 = z
  .union([z.number(), z.string().regex(/^-?\d{1,16}$/)])
  .transform(Number);

const keyValue = z.object({ key: z.string(), value: z.string().default('') });

// JSON has no NaN; MLflow writes it as text, and infinity as the largest
// double because its SQL store cannot hold more.
const metricValue = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
  .transform(value => {
    if (typeof value !== 'number' || Math.abs(value) < Number.MAX_VALUE) {
      return value;
    }
    return value > 0 ? ('Infinity' as const) : ('-Infinity' as const);
  });

const alias = z.object({ alias: z.string(), version: z.string() });

const modelVersion = z.object({
  name: z.string(),
  version: z.string(),
  creation_timestamp: int64.optional(),
  last_updated_timestamp: int64.optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  run_id: z.string().optional(),
  status: z.string().optional(),
  status_message: z.string().optional(),
  tags: z.array(keyValue).optional(),
});

const registeredModel = z.object({
  name: z.string(),
  creation_timestamp: int64.optional(),
  last_updated_timestamp: int64.optional(),
  description: z.string().optional(),
  latest_versions: z.array(modelVersion).optional(),
  tags: z.array(keyValue).optional(),
  aliases: z.array(alias).optional(),
});

const experiment = z.object({
  experiment_id: z.string(),
  name: z.string(),
  lifecycle_stage: z.string().optional(),
  creation_time: int64.optional(),
  last_update_time: int64.optional(),
  tags: z.array(keyValue).optional(),
});

const run = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.string(),
    run_name: z.string().optional(),
    user_id: z.string().optional(),
    status: z.string().optional(),
    start_time: int64.optional(),
    end_time: int64.optional(),
    lifecycle_stage: z.string().optional(),
  }),
  data: z
    .object({
      metrics: z
        .array(z.object({ key: z.string(), value: metricValue }))
        .optional(),
      params: z.array(keyValue).optional(),
      tags: z.array(keyValue).optional(),
    })
    .optional(),
});

// MLflow leaves empty lists and empty tokens out of its answers.
const token = z.string().optional();

/** @internal */
export const searchModelsAnswer = z.object({
  registered_models: z.array(registeredModel).default([]),
  next_page_token: token,
});
/** @internal */
export const getModelAnswer = z.object({ registered_model: registeredModel });
/** @internal */
export const searchVersionsAnswer = z.object({
  model_versions: z.array(modelVersion).default([]),
  next_page_token: token,
});
/** @internal */
export const searchExperimentsAnswer = z.object({
  experiments: z.array(experiment).default([]),
  next_page_token: token,
});
/** @internal */
export const getExperimentAnswer = z.object({ experiment });
/** @internal */
export const searchRunsAnswer = z.object({
  runs: z.array(run).default([]),
  next_page_token: token,
});
/** @internal */
export const errorAnswer = z.object({
  error_code: z.string(),
  message: z.string().default(''),
});

/**
 * A registered model as MLflow's REST API sends it.
 *
 * @public
 */
export type WireRegisteredModel = z.infer<typeof registeredModel>;
/**
 * A version of a registered model as MLflow's REST API sends it.
 *
 * @public
 */
export type WireModelVersion = z.infer<typeof modelVersion>;
/**
 * An experiment as MLflow's REST API sends it.
 *
 * @public
 */
export type WireExperiment = z.infer<typeof experiment>;
/**
 * A run as MLflow's REST API sends it; infinite metrics are named as such.
 *
 * @public
 */
export type WireRun = z.infer<typeof run>;
