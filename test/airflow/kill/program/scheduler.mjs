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

const { python, env, homeDir, processes, ...options } = JSON.parse(
  process.argv[2],
);

const write = level => message =>
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
const logger = {
  error: write('error'),
  warn: write('warn'),
  info: write('info'),
  debug: () => {},
  child: () => logger,
};

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

process.on('message', async ({ id, op, args }) => {
  let answer;
  try {
    answer = { id, ok: (await operations[op](args)) ?? null };
  } catch (error) {
    answer = { id, error: error.message };
  }
  // Who asked may be gone, which ends us anyway.
  if (process.connected) process.send(answer);
});

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  try {
    await scheduler.stop();
    process.exit(0);
  } catch (error) {
    logger.error(`It did not stop in order: ${error.stack}`);
    process.exit(1);
  }
};
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.send({ ready: scheduler.name });
