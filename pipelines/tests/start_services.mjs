// Sets up a data directory and starts the embedded services for the tests:
// prints one line of JSON when they answer, ends them when its input closes.
import { embeddedSeeds } from '../../packages/bootstrap/src/embedded/seeds.mjs';
import { startServices } from '../../packages/bootstrap/src/embedded/services.mjs';
import { runSetup } from '../../packages/bootstrap/src/embedded/setup.mjs';

const [root, dataDir, python] = process.argv.slice(2);
const log = line => process.stderr.write(`${line}\n`);
await runSetup({ root, dataDir, python, log });
const { services, stop } = await startServices({ root, dataDir, python, log });
const seeds = embeddedSeeds({ dataDir, services });
process.stdout.write(`${JSON.stringify({ services, seeds })}\n`);
process.stdin.resume();
process.stdin.once('end', async () => {
  await stop();
  process.exit(0);
});
