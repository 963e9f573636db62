import { z } from 'zod';

const expression = z.string().min(1).max(2048);

/** `kubernetes.resource`; see `ResourceDefinition`. */
export const resourceStep = z
  .strictObject({
    manifest: z
      .record(z.string(), z.unknown())
      .describe(
        'Object that is created, with ${{ }} in its texts; without name and namespace',
      ),
    success: expression.describe(
      'CEL over object and status: true when the work has succeeded',
    ),
    failure: expression
      .optional()
      .describe('CEL over object and status: true when it has failed'),
    outputs: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), expression)
      .optional()
      .describe('Outputs of the task, each CEL over object and status'),
    logs: z
      .strictObject({
        pods: z
          .string()
          .min(1)
          .max(2048)
          .describe(
            'Label selector with ${{ }} over object and status, such as job-name=${{ object.metadata.name }}',
          ),
        container: z.string().min(1).max(63).optional(),
      })
      .optional()
      .describe(
        'Pods whose logs are the log of the task. Default those of a batch/v1 Job, nobody of others',
      ),
    keep: z
      .enum(['never', 'failed', 'always'])
      .optional()
      .describe('When the object stays after the task. Default never'),
  })
  .describe(
    'Creates an object of Kubernetes, waits for a condition on it, and deletes it',
  );
