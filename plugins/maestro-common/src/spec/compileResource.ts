import type {
  ResourceDefinition,
  ResourceManifest,
} from '../core/kubernetes/resourceDefinition';
import type { PipelineTaskSpec } from './pipelineSpec';

/** Nothing waits for ever by mistake: as long as other tasks that wait. */
export const RESOURCE_TIMEOUT_MS = 7 * 24 * 60 * 60_000;

/** @internal */
export function compileResource(
  step: NonNullable<PipelineTaskSpec['kubernetes.resource']>,
): ResourceDefinition {
  const manifest = step.manifest as ResourceManifest;
  const isJob = manifest.apiVersion === 'batch/v1' && manifest.kind === 'Job';
  const logs =
    step.logs ??
    (isJob ? { pods: 'job-name=${{ object.metadata.name }}' } : undefined);
  return {
    manifest,
    success: step.success,
    ...(step.failure === undefined ? {} : { failure: step.failure }),
    ...(step.outputs ? { outputs: step.outputs } : {}),
    ...(logs ? { logs } : {}),
    keep: step.keep ?? 'never',
  };
}
