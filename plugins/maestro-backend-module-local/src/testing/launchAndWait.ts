/**
 * A scheduler to be killed: launches what it is told and waits.
 *
 *   node launchAndWait.ts DATA_DIR REQUEST_JSON
 */
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { createLocalExecutor } from '../LocalExecutor';

async function main() {
  const [dataDir, request] = process.argv.slice(2);
  const executor = createLocalExecutor({ dataDir, minFreeDiskBytes: 0 });
  await executor.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  await executor.launch(JSON.parse(request) as LaunchRequest);
  process.stdout.write('launched\n');
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
