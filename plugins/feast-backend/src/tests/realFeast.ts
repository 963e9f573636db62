import { resolvePackagePath } from '@backstage/backend-plugin-api';
import {
  pythonOfTests,
  ServerProcesses,
} from '@maestro/plugin-peer-node/testUtils';
import { cp } from 'node:fs/promises';

/** A real Feast registry server and feature server over one filled store. */
export interface RealFeast {
  registryUrl: string;
  serverUrl: string;
  /** Ends both servers and removes the store. */
  stop(): Promise<void>;
}

/**
 * Fills a store from `feature_repo`, materialized up to `until`, and starts
 * both servers on free ports.
 */
export async function startRealFeast(options: {
  until: Date;
}): Promise<RealFeast> {
  const python = pythonOfTests('feast[grpcio] 0.67.0');
  const processes = await ServerProcesses.create('real-feast');
  const repo = resolvePackagePath(
    '@maestro/plugin-feast-backend',
    'src/tests/feature_repo',
  );
  const feast = [python, '-c', 'from feast.cli.cli import cli; cli()'];
  try {
    await cp(repo, processes.directory, { recursive: true });
    const until = options.until.toISOString().slice(0, 19);
    const fill = processes.start('fill', [python, 'fill.py', until]);
    const code = await fill.exited;
    if (code !== 0) {
      throw new Error(`fill.py ended with ${code}`);
    }
    const rest = await processes.freePort();
    const grpc = await processes.freePort();
    const online = await processes.freePort();
    const registry = processes.start('registry', [
      ...feast,
      ...['serve_registry', '--rest-api', '--rest-port', String(rest)],
      ...['--port', String(grpc)],
    ]);
    const server = processes.start('server', [
      ...feast,
      ...['serve', '-h', '127.0.0.1', '-p', String(online)],
    ]);
    const registryUrl = `http://127.0.0.1:${rest}`;
    const serverUrl = `http://127.0.0.1:${online}`;
    await processes.untilAnswers(`${registryUrl}/version`, registry);
    await processes.untilAnswers(`${serverUrl}/health`, server);
    return { registryUrl, serverUrl, stop: () => processes.stop() };
  } catch (error) {
    throw await processes.stopAfter(error);
  }
}
