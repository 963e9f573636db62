/**
 * What a task asks of the pod that runs it, beside image, resources and
 * environment. Without effect on executors that start no pods.
 *
 * @packageDocumentation
 */

/** @public */
export interface KubernetesSettings {
  pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  imagePullSecrets?: string[];
  serviceAccount?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: KubernetesToleration[];
  /** As in Kubernetes. */
  affinity?: Record<string, unknown>;
  priorityClass?: string;
  /** LocalQueue of Kueue that admits the pod. */
  queue?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  volumes?: KubernetesVolume[];
  /** Run one after the other before the task. */
  initContainers?: KubernetesContainer[];
  /** Run beside the task and end with it. */
  sidecars?: KubernetesContainer[];
  securityContext?: KubernetesSecurity;
  /**
   * `image`: the command starts in the working directory of its image, and
   * not in one with the sources.
   */
  workDir?: 'image';
  /** More fields of the pod's spec, merged as JSON merge patch. */
  podSpec?: Record<string, unknown>;
  /**
   * How long the pod may wait to run. Default: the executor's
   * `startTimeout`.
   */
  startTimeoutMs?: number;
  /** Memory of the attempts after one that ran out of it. */
  moreMemory?: {
    /** By how much it grows each time. Default 2. */
    factor: number;
    /** Quantity that it never exceeds, such as `8Gi`. */
    max: string;
  };
}

/** @public */
export interface KubernetesToleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  tolerationSeconds?: number;
}

/** One of the four says what it is. @public */
export interface KubernetesVolume {
  mountPath: string;
  subPath?: string;
  /** Default true for ConfigMaps and Secrets, else false. */
  readOnly?: boolean;
  claim?: string;
  configMap?: string;
  secret?: string;
  /** Size limit of an empty folder, such as `1Gi`. */
  empty?: string;
}

/** @public */
export interface KubernetesContainer {
  name: string;
  image: string;
  command?: string[];
  env?: Record<string, string>;
  resources?: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
}

/** What differs from the restricted default. @public */
export interface KubernetesSecurity {
  runAsUser?: number;
  runAsGroup?: number;
  fsGroup?: number;
  readOnlyRootFilesystem?: boolean;
}
