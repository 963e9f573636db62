import { z } from 'zod';
import { duration } from './specTexts';

/** What a task asks of its pod; see `KubernetesSettings`. */

const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
    'the name of an object of Kubernetes: lower case letters, digits, "-" and "."',
  );

const containerName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'lower case letters, digits and "-", at most 63 characters',
  );

const quantity = z
  .string()
  .regex(
    /^\d+(\.\d+)?([kMGTPE]|[KMGTPE]i)?$/,
    'an amount of bytes such as 512Mi or 8Gi',
  );

const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
    'a key such as team or example.com/team',
  );

const labelText = z
  .string()
  .regex(
    /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/,
    'letters, digits, "_", "." and "-", at most 63 characters',
  );

/** Name of an image. */
export const image = z.string().min(1).max(1000);

export const resources = z
  .strictObject({
    requests: z.record(z.string(), z.string()).optional(),
    limits: z.record(z.string(), z.string()).optional(),
  })
  .describe('Kubernetes resources; without effect on the local executor');

const container = z.strictObject({
  name: containerName,
  image,
  command: z.array(z.string().max(32_768)).min(1).max(1000).optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .optional(),
  resources: z
    .strictObject({
      requests: z.record(z.string(), z.string()).optional(),
      limits: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

const volume = z
  .strictObject({
    mountPath: z
      .string()
      .max(1000)
      .regex(/^\/[^:]*$/, 'an absolute path without ":"'),
    subPath: z.string().min(1).max(1000).optional(),
    readOnly: z
      .boolean()
      .optional()
      .describe('Default true for ConfigMaps and Secrets, else false'),
    claim: objectName.optional().describe('A PersistentVolumeClaim'),
    configMap: objectName.optional(),
    secret: objectName.optional(),
    empty: quantity.optional().describe('An empty folder of at most this size'),
  })
  .refine(
    ({ claim, configMap, secret, empty }) =>
      [claim, configMap, secret, empty].filter(what => what !== undefined)
        .length === 1,
    { message: 'give one of claim, configMap, secret and empty' },
  );

export const kubernetes = z
  .strictObject({
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    imagePullSecrets: z.array(objectName).max(20).optional(),
    serviceAccount: objectName
      .optional()
      .describe(
        'Its token is mounted. Default: the configured one, without token',
      ),
    nodeSelector: z.record(labelKey, labelText).optional(),
    tolerations: z
      .array(
        z.strictObject({
          key: z.string().max(300).optional(),
          operator: z.enum(['Exists', 'Equal']).optional(),
          value: z.string().max(300).optional(),
          effect: z
            .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
            .optional(),
          tolerationSeconds: z.int().min(0).optional(),
        }),
      )
      .max(50)
      .optional(),
    affinity: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('As in Kubernetes'),
    priorityClass: objectName.optional(),
    queue: objectName
      .optional()
      .describe('LocalQueue of Kueue that admits the pod'),
    labels: z.record(labelKey, labelText).optional(),
    annotations: z.record(labelKey, z.string().max(10_000)).optional(),
    volumes: z.array(volume).max(50).optional(),
    initContainers: z
      .array(container)
      .max(10)
      .optional()
      .describe('Run one after the other before the task'),
    sidecars: z
      .array(container)
      .max(10)
      .optional()
      .describe('Run beside the task and end with it'),
    securityContext: z
      .strictObject({
        runAsUser: z.int().min(0).max(4_294_967_295).optional(),
        runAsGroup: z.int().min(0).max(4_294_967_295).optional(),
        fsGroup: z.int().min(0).max(4_294_967_295).optional(),
        readOnlyRootFilesystem: z.boolean().optional(),
      })
      .optional()
      .describe('What differs from the restricted default'),
    podSpec: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'More fields of the spec of the pod, merged into it (JSON merge patch)',
      ),
    startTimeout: duration
      .optional()
      .describe(
        'How long the pod may wait for a node, a quota or its image. Default: the configured one',
      ),
    moreMemory: z
      .strictObject({
        factor: z
          .number()
          .gt(1)
          .max(16)
          .optional()
          .describe('How much more each time. Default 2'),
        max: quantity.describe('Never more than this'),
      })
      .optional()
      .describe('Memory of the tries after one that ran out of it'),
  })
  .describe('What the pod of the task is like; without effect on processes');
