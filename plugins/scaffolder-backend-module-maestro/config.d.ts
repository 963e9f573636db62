export interface Config {
  maestro?: {
    scaffolder?: {
      /**
       * Absolute folder into which the template "New ML pipeline" writes, one
       * folder a pipeline; the catalog must have a location that reads it.
       * Default, in the embedded profile: `pipelines` in the data directory.
       * Without one the template's action refuses: pipelines live in
       * repositories then.
       */
      targetDir?: string;
    };
  };
}
