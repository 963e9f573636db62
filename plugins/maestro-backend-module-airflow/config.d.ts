import type { HumanDuration } from '@backstage/types';

export interface Config {
  maestro?: {
    /** Folders of Airflow's DAG files whose DAGs are pipelines. */
    airflow?: {
      sources?: Array<{
        /** Of the source: letters, digits, "_", "-" and ".". */
        name: string;
        /**
         * Folder with DAG files, where Airflow looks for them. A relative path
         * counts from the root of the installation.
         */
        folder: string;
        /**
         * Name of one of the environments below. Default: `default`
         */
        environment?: string;
        /**
         * Entity reference of who answers for its DAGs unless `owners` says
         * otherwise, such as `group:default/ml-team`
         */
        owner: string;
        /**
         * Entity references by what stands in a DAG: an `owner` of its tasks,
         * or one of its tags as `tag:NAME`. The first that fits is the owner.
         */
        owners?: { [ownerOrTag: string]: string };
      }>;
      /** Python environments that have Airflow, by name. */
      environments?: {
        [name: string]: {
          /**
           * Path of the interpreter. A relative path counts from the root of
           * the installation. For `default` npm start makes one when there is a
           * source.
           */
          python?: string;
          /**
           * Environment variables while its files are read, such as
           * AIRFLOW__CORE__PLUGINS_FOLDER. They are no secrets: each DAG file
           * can read them.
           */
          env?: { [name: string]: string };
          /** What reading one file may use. */
          limits?: {
            /** Wall time. Default: 30 */
            seconds?: number;
            /** Default: 512 */
            memoryMiB?: number;
            /** Processes at the same time. Default: 32 */
            processes?: number;
          };
        };
      };
      /** Between two looks at a folder. Default: 5 seconds */
      pollInterval?: HumanDuration;
    };
  };
}
