import type { HumanDuration } from '@backstage/types';

export interface Config {
  /** Maestro, the scheduler of machine-learning pipelines. */
  maestro?: {
    /**
     * Whether everything lives on this machine, as `npm start` sets it up:
     * SQLite, tasks as processes, the first runs start by themselves.
     * Default false.
     */
    embedded?: boolean;

    /**
     * What this process does, of any number on one PostgreSQL database: `all`;
     * `portal` answers pages and commands and keeps pipelines equal to the
     * catalog, but starts nothing; `scheduler` does the rest and serves no
     * pages (health and the task API it does). Default `all`.
     */
    role?: 'all' | 'portal' | 'scheduler';

    /**
     * Directory of logs, artifacts and large outputs (unless `artifactStore`
     * says otherwise); made when absent, for this user only. Several schedulers
     * must share it. Default `.maestro` in the working directory.
     */
    dataDir?: string;

    /**
     * Where sealed logs, reports and large outputs are kept, the same for all
     * schedulers and portals. Default: files in `dataDir`.
     */
    artifactStore?: {
      s3?: {
        bucket: string;
        /** Before each key, such as `maestro/prod`. Default none. */
        prefix?: string;
        /** Default: of the environment; `us-east-1` with an endpoint. */
        region?: string;
        /** Of what is not AWS, such as `https://minio.example:9000`. */
        endpoint?: string;
        /** Bucket in the path and not in the host name. Default: with an endpoint. */
        forcePathStyle?: boolean;
        /** Default: what the chain of AWS finds: environment, profile, role. */
        credentials?: {
          accessKeyId: string;
          /** @visibility secret */
          secretAccessKey: string;
          /** @visibility secret */
          sessionToken?: string;
        };
      };
    };

    /**
     * Keys that secrets of connections and variables are stored with. The
     * first one encrypts, all of them decrypt: to replace a key, put the new
     * one in front; what is stored is encrypted anew at the next start, then
     * the old one can go. At least one is needed.
     */
    encryption?: {
      keys: Array<{
        /** Stands in each ciphertext; letters, digits, `_`, `-`, `.`. */
        id: string;
        /**
         * At least 16 characters, such as `openssl rand -base64 32` gives.
         * @visibility secret
         */
        secret: string;
      }>;
    };

    /**
     * Connections and variables that exist from the first start. One that a
     * person changed is left alone from then on; one that nobody changed
     * follows the configuration at each start. One that a person deleted comes
     * back at the next start as long as it stands here.
     */
    seeds?: {
      connections?: Array<{
        /** Such as `mlflow_default`. */
        connId: string;
        /** Such as `http`, `aws`, `postgres`; any text. */
        connType: string;
        host?: string;
        port?: number;
        login?: string;
        /** @visibility secret */
        password?: string;
        schema?: string;
        /** @deepVisibility secret */
        extra?: { [key: string]: unknown };
        description?: string;
      }>;
      variables?: Array<{
        key: string;
        /**
         * Kept exactly as it is: quote numbers, so that "0.80" stays 0.80.
         * One of `value` and `secretValue` is needed.
         */
        value?: string;
        /**
         * Stored encrypted and never shown, in no log either.
         * @visibility secret
         */
        secretValue?: string;
        description?: string;
      }>;
    };

    pipelines?: {
      /**
       * How often the catalog is listed. Default 30 seconds, embedded 5.
       */
      refreshInterval?: HumanDuration | string;
      /**
       * Least time between two full listings without a pipeline before it
       * counts as removed. Default 15 minutes.
       */
      removeAfter?: HumanDuration | string;
    };

    /** Where running tasks send alerts, reports and large outputs to. */
    taskApi?: {
      /**
       * Host and port to listen on, `127.0.0.1:0` for any free port, or false
       * for none. Default `127.0.0.1:0`.
       */
      listen?: string | false;
      /**
       * Address by which tasks reach it, without a trailing slash. Default:
       * http and what it listens on.
       */
      url?: string;
    };

    /**
     * Pipelines that are run once, by themselves, in a new installation:
     * their names, or true for each one. Default none.
     */
    firstRun?: boolean | string[];

    /** The scheduler. Durations in milliseconds. */
    engine?: {
      /** Executor of tasks that name none. Default `local`. */
      defaultExecutor?: string;
      /** From claim to launch; longer means the claimer is dead. Default 6000. */
      leaseMs?: number;
      /** How often waiting work is looked for without any hint. Default 1000. */
      pollMs?: number;
      /** How often executors are listed and compared. Default 5000. */
      reconcileMs?: number;
      /** From TERM to KILL. Default 10000. */
      cancelGraceMs?: number;
      /** Silence after which the work of an executor instance is lost. Default 60000. */
      instanceTtlMs?: number;
      /** Raw log of one attempt in bytes; more fails it. Default 1073741824. */
      logLimitBytes?: number;
    };

    /** Requests that Maestro itself sends for tasks that wait or call. */
    http?: {
      /**
       * Hosts that may be asked by calls, and by waits for an answer or an
       * object of S3, with `*` for any characters and a port where
       * it matters: `*.example.org`, `10.0.0.5:8080`. Default: every host when
       * `embedded`, otherwise none.
       */
      allow?: string[];
    };

    /**
     * What pipelines may use. Registering a pipeline is code execution, so
     * entities grant nothing: each task is held against the rules that name its
     * pipeline, when a version is made and again before it is launched.
     */
    policy?: {
      /**
       * What counts for pipelines that no rule names. Default: `allow` when
       * `embedded`, otherwise `deny`.
       */
      default?: 'allow' | 'deny';
      /**
       * Rules that fit add up; what is absent is not granted. `*` stands for
       * any characters in each text.
       */
      rules?: Array<{
        /** Named in refusals. */
        id: string;
        /**
         * Owners, such as `group:default/ml-team`. Of `owners`, `systems` and
         * `pipelines` all that are given must fit, one at least must be.
         */
        owners?: string[];
        /** What pipelines are part of (`spec.system`), such as `system:default/flights`. */
        systems?: string[];
        /** Names of pipelines. */
        pipelines?: string[];
        executors?: string[];
        /** Images of tasks, init containers and sidecars. */
        images?: string[];
        serviceAccounts?: string[];
        connections?: string[];
        /** Fields of a task's `kubernetes`, such as `volumes`, `securityContext`, `podSpec`. */
        pod?: string[];
        /** What `kubernetes.resource` creates, such as `batch/v1/Job` or `ray.io/*`. */
        resources?: string[];
        /** Variables that tasks of Airflow's DAG files read, set and delete. */
        variables?: string[];
        /** Pools that tasks of DAG files are in, besides the default one. */
        pools?: string[];
        /** Names of DAGs whose runs tasks of other DAGs start and clear. */
        dags?: string[];
        /** The same by the owners of those DAGs, such as `group:default/ml-team`. */
        dagsOf?: string[];
      }>;
    };

    limits?: {
      /**
       * Tasks at the same time over all pipelines of an owner, by entity
       * reference (`group:default/ml-team: 20`); `default` for each owner that
       * is not named. Default: any number.
       */
      owners?: { [owner: string]: number };
    };

    /**
     * What is removed by itself of finished runs, for pipelines that say
     * nothing in `spec.retention`; either limit removes. Default: everything
     * is kept.
     */
    retention?: {
      /** Runs with everything that belongs to them. */
      runs?: { maxAge?: HumanDuration | string; maxCount?: number };
      /** Logs, where they are to go earlier. */
      logs?: { maxAge?: HumanDuration | string; maxCount?: number };
      /** Reports, where they are to go earlier. */
      artifacts?: { maxAge?: HumanDuration | string; maxCount?: number };
      /**
       * Events of assets, one hour or more. Those that a schedule or a task
       * may still need stay, and the newest of each asset.
       */
      assetEvents?: { maxAge?: HumanDuration | string };
    };

    stepCache?: {
      /** Results of tasks kept for one pipeline. Default 1000. */
      maxEntries?: number;
    };

    housekeeping?: {
      /** When it looks, in UTC. Default every ten minutes. */
      cron?: string;
    };

    logs?: {
      /**
       * Bytes of log kept for one attempt, half of it the beginning and half
       * the end. Default 104857600.
       */
      maxBytes?: number;
      /**
       * A write into the artifact store of which it takes nothing for so long
       * is given up and tried again later; the log stays in the database
       * meanwhile. Default 30 seconds.
       */
      writeTimeout?: HumanDuration | string;
    };
  };
}
