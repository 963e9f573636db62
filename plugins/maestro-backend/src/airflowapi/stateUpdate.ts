import { partitionKeyProblem } from '@maestro/plugin-maestro-common';
import { Duration } from 'luxon';
import { z } from 'zod';
import { AirflowApiError } from './AirflowApiError';

const instant = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    context.addIssue({ code: 'custom', message: 'is no instant' });
    return z.NEVER;
  }
  return at;
});

/** What tells of an asset, as the SDK sends it. */
const assetProfile = z.object({
  name: z.string().nullish(),
  uri: z.string().nullish(),
  type: z.string(),
});

const outletEvent = z.object({
  dest_asset_key: z.object({ name: z.string(), uri: z.string() }).nullish(),
  source_alias_name: z.string().nullish(),
  extra: z.record(z.string(), z.unknown()).nullish(),
  partition_key: z
    .string()
    .superRefine((key, context) => {
      const message = partitionKeyProblem(key);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .nullish(),
});

/** ISO 8601, as pydantic writes a timedelta; milliseconds. */
const duration = z.string().transform((text, context) => {
  const length = Duration.fromISO(text);
  if (!length.isValid) {
    context.addIssue({ code: 'custom', message: 'is no duration' });
    return z.NEVER;
  }
  return length.toMillis();
});

const update = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('success'),
    task_outlets: z.array(assetProfile).default([]),
    outlet_events: z.array(outletEvent).default([]),
  }),
  z.object({
    state: z.enum(['failed', 'skipped', 'removed', 'upstream_failed']),
  }),
  z.object({
    state: z.literal('up_for_retry'),
    retry_delay_seconds: z.number().nonnegative().nullish(),
    retry_reason: z.string().nullish(),
  }),
  z.object({ state: z.literal('up_for_reschedule'), reschedule_date: instant }),
  z.object({
    state: z.literal('deferred'),
    classpath: z.string().min(1).max(1_000),
    trigger_kwargs: z.record(z.string(), z.unknown()).nullish(),
    trigger_timeout: duration.nullish(),
    next_method: z.string().min(1).max(1_000),
    next_kwargs: z.record(z.string(), z.unknown()).nullish(),
  }),
  z.object({
    state: z.literal('awaiting_input'),
    timeout: duration.nullish(),
    next_method: z.string().min(1).max(1_000),
    next_kwargs: z.record(z.string(), z.unknown()).nullish(),
  }),
]);

/** The states that a task can ask for; instants are epoch milliseconds. */
export type StateUpdate = z.infer<typeof update>;

/** @throws AirflowApiError 422 that names the field */
export function parseStateUpdate(body: unknown): StateUpdate {
  const parsed = update.safeParse(body);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new AirflowApiError(
    422,
    'invalid_payload',
    `The state cannot be taken over: ${path.join('.') || 'body'}: ${message}`,
  );
}
