import { KubeConfig } from '@kubernetes/client-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { ResourceExecutor } from '../resource/ResourceExecutor';

/*
 * A process of its own that launches one resource, says so and lives on: for
 * tests that kill it. Its argument is JSON.
 */

/** What the process is told. */
export interface LaunchOnce {
  server: string;
  instance: string;
  namespace: string;
  spoolDir: string;
  request: Parameters<ResourceExecutor['launch']>[0];
}

async function main(): Promise<void> {
  const told: LaunchOnce = JSON.parse(process.argv[2]);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server: told.server, skipTLSVerify: true },
    { name: 'nobody' },
  );
  const executor = new ResourceExecutor({
    api: new ClusterApi(config),
    instance: told.instance,
    namespaces: { default: told.namespace, pipelines: {}, owners: {} },
    maxParallel: 100,
    startTimeoutMs: 60_000,
    spoolDir: told.spoolDir,
  });
  await executor.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  await executor.launch(told.request);
  process.stdout.write('launched\n');
  // Until it is killed, two minutes at most.
  setTimeout(() => process.exit(1), 120_000);
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
