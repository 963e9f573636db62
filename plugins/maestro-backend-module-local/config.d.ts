export interface Config {
  maestro?: {
    /**
     * Folder for everything Maestro keeps on this machine (mode 0700). A
     * relative path counts from the root of the installation.
     * Default: `.maestro`
     */
    dataDir?: string;
    executors?: {
      /** Tasks as processes on this machine. */
      local?: {
        /** Default: true */
        enabled?: boolean;
        /**
         * Whether several hosts run tasks as processes for one database, each
         * its own. What runs on one of them ends itself when no scheduler there
         * reaches the database for half of `maestro.engine.instanceTtlMs`.
         * Without it a second host is refused. Default: false
         */
        several?: boolean;
        /**
         * Folder of this host's processes; with `several` one that no other
         * host shares. Default: `maestro.dataDir`
         */
        dataDir?: string;
        /** Tasks at the same time. Default: the cores of this machine */
        maxParallel?: number;
        /**
         * Folder with the `python` that tasks find first on their PATH.
         * Default: none, PATH as it is
         */
        python?: string;
        /**
         * Names of environment variables that tasks inherit from the backend,
         * beside PATH, HOME, LANG, LC_ALL, LC_CTYPE, TZ, USER and LOGNAME.
         * Each task can read them, whatever its owner. Default: none
         */
        passEnvironment?: string[];
        /**
         * Free bytes to keep on the disk of the data directory: below,
         * nothing is launched and the log that grows most is ended.
         * Default: 268435456 (256 MiB)
         */
        minFreeDiskBytes?: number;
        /**
         * Short folder (mode 0700) for the launcher's socket; a socket's path
         * may have 107 bytes. Default: `/tmp/maestro-<uid>`
         */
        runtimeDir?: string;
      };
    };
  };
}
