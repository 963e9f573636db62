import type { HumanDuration } from '@backstage/types';

/** What the pods of tasks are like. */
interface PodSettings {
  /**
   * Image of the pods: it has the packages that the environment has, and
   * `/bin/sh`. Held against `images` of `maestro.policy`, as all that follows is.
   * Needed with `executor: kubernetes`
   */
  image?: string;
  /** Default: that of Kubernetes */
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** `requests` and `limits` of Kubernetes. Default: none */
  resources?: {
    requests?: { [name: string]: string };
    limits?: { [name: string]: string };
  };
  /**
   * More of what the pods are like: the fields of `kubernetes` of a task
   * (docs/kubernetes.md).
   */
  kubernetes?: object;
}

/** Where tasks that are Python run, and as which pods. */
interface PythonTasks extends PodSettings {
  /**
   * `airflow`, as processes of this machine, or `kubernetes`, as pods of that
   * executor with `image`. Default: `airflow`
   */
  executor?: 'airflow' | 'kubernetes';
  /**
   * The interpreter of the image that has Airflow, a name or a path.
   * Default: `python`
   */
  pythonInImage?: string;
  /** What differs for tasks with this `queue=`. */
  queues?: { [name: string]: PodSettings };
}

export interface Config {
  maestro?: {
    executors?: {
      /** Tasks of DAG files, as processes on this machine. */
      airflow?: {
        /**
         * Default: true where there is a folder of DAG files, or entities may
         * have one
         */
        enabled?: boolean;
        /**
         * Whether several hosts run tasks for one database; as
         * `maestro.executors.local.several`. Default: false
         */
        several?: boolean;
        /**
         * Folder of this host's tasks, with `several` one that no other host
         * shares. Default: `airflow-tasks` in `maestro.dataDir`
         */
        dataDir?: string;
        /** Tasks at the same time. Default: the cores of this machine */
        maxParallel?: number;
        /**
         * Names of environment variables that tasks inherit from the backend.
         * Each task can read them, whatever its owner. Default: none
         */
        passEnvironment?: string[];
        /** As `maestro.executors.local.minFreeDiskBytes`. */
        minFreeDiskBytes?: number;
        /** As `maestro.executors.local.runtimeDir`. */
        runtimeDir?: string;
      };
    };
    /** Folders of Airflow's DAG files whose DAGs are pipelines. */
    airflow?: {
      sources?: Array<
        PythonTasks & {
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
          /**
           * Whether tasks that are no Python of the team's run without a process
           * of Airflow: those of a KubernetesPodOperator as pods of the executor
           * `kubernetes`, where there is one, and those of a BashOperator as their
           * command. Default: true
           */
          lower?: boolean;
          /**
           * Folder of the image that has what `folder` has. Default: the files of
           * each DAG come to its pods, at most 700 KiB
           */
          dagsInImage?: string;
        }
      >;
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
      /**
       * Which entities of the catalog may have DAG files, in a folder that
       * their annotation `maestro.dev/airflow-dags` names.
       */
      catalog?: {
        /**
         * Who may, and where their tasks run: of the rules that fit an entity
         * the first that grants its environment counts. DAG files run code as the
         * user of the backend, so without a rule nobody may.
         */
        allow?: Array<
          PythonTasks & {
            /**
             * Owners of entities, such as `group:default/ml-team`. Of owners and
             * locations all that are given must fit, one at least must be; `*`
             * stands for any characters.
             */
            owners?: string[];
            /**
             * Addresses, or absolute paths, that both the entity and its folder
             * are at, such as `https://git.example/ml/*`
             */
            locations?: string[];
            /**
             * Python environments that they may name in their annotation
             * `maestro.dev/airflow-environment`; the first is that of those that
             * name none. Default: `default`
             */
            environments?: string[];
          }
        >;
        /** How much of a repository is taken. */
        limits?: {
          /** Default: 2000 */
          files?: number;
          /** Default: 20 */
          mebibytes?: number;
        };
        /**
         * Between two looks at the catalog, and at a repository.
         * Default: 30 seconds
         */
        lookInterval?: HumanDuration;
      };
      /** Between two looks at a folder. Default: 5 seconds */
      pollInterval?: HumanDuration;
    };
  };
}
