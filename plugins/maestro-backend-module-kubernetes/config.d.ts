import type { HumanDuration } from '@backstage/types';

export interface Config {
  maestro?: {
    executors?: {
      /** Tasks as pods. Without this section there are none. */
      kubernetes?: {
        /** Default: true */
        enabled?: boolean;
        /**
         * File with addresses and credentials; a relative path counts from the
         * working directory. Without `kubeconfig` and `cluster`: the cluster
         * that the backend runs in, with its service account.
         */
        kubeconfig?: string;
        /** Context of the kubeconfig. Default: its current one */
        context?: string;
        /**
         * Name of a cluster of `kubernetes.clusterLocatorMethods` (type
         * `config`, authProvider `serviceAccount`), used with its credentials.
         */
        cluster?: string;
        /**
         * Tells apart installations that make pods in the same namespaces: each
         * ends what carries its name and is not in its database.
         * Default: `maestro`
         */
        instance?: string;
        /** Namespace of pods that no rule below places elsewhere. */
        namespace?: string;
        /** The first rule that names it counts: pipeline, owner, `namespace`. */
        namespaces?: {
          /** By name of the pipeline. */
          pipelines?: { [pipeline: string]: string };
          /** By owner, such as `group:default/ml-team`, `group:ml-team` or `ml-team`. */
          owners?: { [owner: string]: string };
        };
        /** Image of tasks that name none. Default: such tasks fail */
        image?: string;
        /** Names of Secrets that every pod pulls images with. Default: none */
        imagePullSecrets?: string[];
        /**
         * Service account of pods that ask for none; its token is not mounted.
         * Default: the namespace's `default`
         */
        serviceAccount?: string;
        /** User of the containers unless a task asks for another one. Default: 1000 */
        runAsUser?: number;
        /** Tasks at the same time. Default: 100 */
        maxParallel?: number;
        /**
         * How long a pod may wait to run (for a node, a quota, its image)
         * unless its task says otherwise. Default: 1 hour
         */
        startTimeout?: HumanDuration | string;
        /**
         * How long the kubelet may try again after an error that may pass,
         * such as a registry that is away. Default: 2 minutes
         */
        pullTimeout?: HumanDuration | string;
        /**
         * How long the sources of a version stay in the cluster after the last
         * pod that used them. Default: 1 hour
         */
        keepSources?: HumanDuration | string;
      };
    };
  };
}
