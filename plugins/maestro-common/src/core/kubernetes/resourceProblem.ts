import { isMaestrosName, type KubernetesProblem } from './kubernetesProblem';

/** Largest manifest as JSON, bytes; an object of Kubernetes may have 1 MiB. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

/** What of `metadata` is not the pipeline's, and why. */
const NOT_ITS_OWN: Readonly<Record<string, string>> = {
  name: 'its name is made from the attempt, so that a launch that is repeated finds it',
  generateName: 'its name is made from the attempt',
  namespace:
    'the installation places pipelines, with maestro.executors.kubernetes.namespaces',
  ownerReferences: 'it is removed with the attempt',
  finalizers: 'it must go when it is deleted; controllers add their own',
};

const API_VERSION =
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/v[0-9][a-z0-9]{0,30}$/;
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;

/**
 * What is wrong with the manifest of a `kubernetes.resource`, and where below
 * it. One judge: the validator asks before a version is made, the executor
 * before it creates the object.
 *
 * @public
 */
export function resourceProblem(
  manifest: Record<string, unknown>,
): KubernetesProblem | undefined {
  const { apiVersion, kind, metadata = {} } = manifest;
  if (typeof apiVersion !== 'string' || !API_VERSION.test(apiVersion)) {
    return {
      path: ['apiVersion'],
      message: `${told(
        apiVersion,
      )} is no group and version of an API: write them out, such as batch/v1; pods are what "run" is for`,
    };
  }
  if (typeof kind !== 'string' || !KIND.test(kind)) {
    return {
      path: ['kind'],
      message: `${told(kind)} is no kind: write it out, such as Job`,
    };
  }
  if (!isRecord(metadata)) {
    return { path: ['metadata'], message: 'metadata must be a map' };
  }
  for (const [field, why] of Object.entries(NOT_ITS_OWN)) {
    if (metadata[field] !== undefined) {
      return {
        path: ['metadata', field],
        message: `A manifest has no metadata.${field}: ${why}`,
      };
    }
  }
  if (manifest.status !== undefined) {
    return {
      path: ['status'],
      message: 'A manifest has no status: that is what the task waits for',
    };
  }
  for (const part of ['labels', 'annotations'] as const) {
    const values = metadata[part] ?? {};
    if (!isRecord(values)) {
      return {
        path: ['metadata', part],
        message: `metadata.${part} must be a map of texts`,
      };
    }
    for (const [key, value] of Object.entries(values)) {
      const path = ['metadata', part, key];
      // Kueue's queue is what a resource is admitted by.
      if (isMaestrosName(key) && !key.startsWith('kueue.x-k8s.io/')) {
        return { path, message: `"${key}" is set by Maestro: leave it out` };
      }
      if (typeof value !== 'string') {
        return {
          path,
          message: `The value of "${key}" must be a text: put it in quotes`,
        };
      }
    }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(manifest)).length;
  return bytes > MAX_MANIFEST_BYTES
    ? {
        path: [],
        message: `The manifest has ${bytes} bytes, at most ${MAX_MANIFEST_BYTES} are taken: put data into an image or a store`,
      }
    : undefined;
}

function told(value: unknown): string {
  return (JSON.stringify(value) ?? 'Nothing').slice(0, 100);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
