/*
 * One scheduler as a process, with the executor of Airflow's tasks: see
 * ../../../chaos/program/scheduler.mjs.
 *
 *   node scheduler.cjs '{"database":{…},"dataDir":…,"python":…,"env":{…}}'
 */
import fs from 'node:fs';
import path from 'node:path';
import { startHeadlessScheduler } from '@maestro/plugin-maestro-backend';
import * as airflow from '@maestro/plugin-maestro-backend-module-airflow';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import { answerParent, logger } from '../../../chaos/program/answering.mjs';

const { python, env, homeDir, processes, ...options } = JSON.parse(
  process.argv[2],
);

const scheduler = await startHeadlessScheduler({
  ...options,
  logger,
  executors: [
    airflow.createAirflowExecutor({
      processes: createLocalExecutor({ ...processes, logger }),
      environments: { default: { python, env } },
      homeDir,
    }),
  ],
});

const operations = {
  /** Stores the DAGs of a folder. */
  store: async ({ folder }) => {
    const { pipelines, problems } = await airflow.readDagFolder({
      folder,
      python,
      env,
    });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    for (const { definition, files } of pipelines) {
      await scheduler.store(
        definition,
        files.map(name => ({
          path: name,
          content: fs.readFileSync(path.join(folder, name)),
        })),
      );
    }
  },
  connect: ({ connection }) => scheduler.addConnection(connection),
  trigger: ({ pipeline, runKey }) => scheduler.trigger(pipeline, runKey),
};

answerParent(scheduler, operations);
