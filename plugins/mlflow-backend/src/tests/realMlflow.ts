import {
  pythonOfTests,
  ServerProcesses,
} from '@maestro/plugin-peer-node/testUtils';

/** A real MLflow server in a directory of its own. */
export interface RealMlflow {
  url: string;
  /** Ends the server and its workers and removes what it stored. */
  stop(): Promise<void>;
}

/** Starts `mlflow server` on a free port and waits until it is healthy. */
export async function startRealMlflow(): Promise<RealMlflow> {
  const python = pythonOfTests('mlflow 3.17.2');
  const processes = await ServerProcesses.create('real-mlflow');
  const port = await processes.freePort();
  const server = processes.start(
    'server',
    [python, '-m', 'mlflow', 'server']
      .concat(['--host', '127.0.0.1', '--port', String(port), '--workers', '1'])
      .concat([
        '--backend-store-uri',
        `sqlite:///${processes.directory}/mlflow.db`,
      ])
      .concat(['--default-artifact-root', `${processes.directory}/artifacts`]),
    {
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  try {
    await processes.untilAnswers(`${url}/health`, server);
  } catch (error) {
    throw await processes.stopAfter(error);
  }
  return { url, stop: () => processes.stop() };
}
