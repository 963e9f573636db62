import { z } from 'zod';
import { TaskApiError } from './TaskApiError';

/** Names of reports, keys of outputs, kinds of alerts. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

const alertSchema = z.strictObject({
  kind: z
    .string()
    .regex(NAME, 'letters, digits, "_", "-" and ".", at most 128 characters'),
  severity: z.enum(['info', 'warning', 'critical']),
  message: z.string().min(1).max(10_000),
  values: z.record(z.string(), z.unknown()).default({}),
});

/** Body of `POST /v1/alerts`. */
export type AlertRequest = z.infer<typeof alertSchema>;

/** @throws TaskApiError 400 that names the field */
export function parseAlert(body: unknown): AlertRequest {
  const parsed = alertSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TaskApiError(
    400,
    `The alert is not valid: ${issue.path.join('.') || 'body'}: ${
      issue.message
    }; expected {kind, severity: info|warning|critical, message, values}`,
  );
}
