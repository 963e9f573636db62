import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { playHistory, runCampaign, shrinkSeed } from './campaign';
import { uncovered } from './coverage';
import { generateHistory } from './history/generateHistory';
import type { History } from './history/History';
import { describeCampaign } from './describeCampaign';
import { PostgresStores } from './store/PostgresStores';
import { SqliteStores } from './store/SqliteStores';
import { ModelStores, type SimulatedStore, type StoreFactory } from './stores';

/*
 * The simulator as a program; see test/simulation/README.md.
 *
 *   --store model|sqlite|postgres   default model
 *   --from 1 --histories 1000       a campaign: seeds 1 to 1000
 *   --seed 4711                     that one history; with --shrink cut down
 *   --history FILE                  one that was stored
 *   --trace                         every operation, fault and message
 *   --save FILE                     where a cut-down history is stored
 */

type Kind = SimulatedStore['kind'];

function storesOf(kind: Kind): StoreFactory {
  switch (kind) {
    case 'model':
      return new ModelStores();
    case 'sqlite':
      return new SqliteStores();
    case 'postgres': {
      const url = process.env.MAESTRO_TEST_POSTGRES_URL;
      if (url) return new PostgresStores(url);
      throw new Error(
        'MAESTRO_TEST_POSTGRES_URL is not set; "node packages/bootstrap/src/postgres.mjs" starts a server and prints it',
      );
    }
    default:
      throw new Error(
        `There is no store "${kind}"; use model, sqlite or postgres`,
      );
  }
}

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'model' },
      from: { type: 'string', default: '1' },
      histories: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      history: { type: 'string' },
      shrink: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      save: { type: 'string' },
    },
  });
  const kind = values.store as Kind;
  const stores = storesOf(kind);
  const limits = {
    maxHosts: kind === 'sqlite' ? 1 : 3,
    isSmall: kind !== 'model',
  };
  const trace = values.trace ? print : undefined;
  const cutDown = async (seed: number) => {
    const found = await shrinkSeed({ stores, limits, seed });
    if (!found) return;
    print(`\nCut down: ${found.violation.rule}\n  ${found.violation.detail}`);
    const text = JSON.stringify(found.history, undefined, 2);
    if (values.save) {
      await writeFile(values.save, text);
      print(
        `Again: node test/simulation/run.mjs --store ${kind} --trace --history ${values.save}`,
      );
    } else {
      print(text);
    }
  };
  try {
    if (values.history !== undefined || values.seed !== undefined) {
      const history: History = values.history
        ? JSON.parse(await readFile(values.history, 'utf8'))
        : generateHistory(Number(values.seed), limits);
      const report = await playHistory(history, stores, { trace });
      for (const { rule, detail } of report.violations) {
        print(`VIOLATION ${rule}\n  ${detail}`);
      }
      print(
        `${report.operations} operations, ${report.violations.length} violations`,
      );
      if (values.shrink && values.seed) await cutDown(Number(values.seed));
      return !report.failed;
    }
    const begin = performance.now();
    const cpu = process.cpuUsage();
    const result = await runCampaign({
      stores,
      limits,
      from: Number(values.from),
      histories: Number(values.histories),
    });
    const { user, system } = process.cpuUsage(cpu);
    const missing = uncovered(result, kind);
    print(
      describeCampaign(kind, Number(values.from), result, {
        missing,
        seconds: (performance.now() - begin) / 1000,
        cpuSeconds: (user + system) / 1_000_000,
      }),
    );
    const [first] = result.failures;
    if (first) {
      print(
        `\nAgain: node test/simulation/run.mjs --store ${kind} --shrink --trace --seed ${first.seed}`,
      );
      await cutDown(first.seed);
    }
    return result.failures.length === 0 && missing.length === 0;
  } finally {
    await stores.close();
  }
}

let isOver = false;
// Until it says otherwise: a process with nothing left to wait for just ends.
process.exitCode = 1;
process.once('exit', () => {
  if (!isOver) process.stderr.write('The simulation ended in the middle.\n');
});
main().then(
  passed => {
    isOver = true;
    process.exitCode = passed ? 0 : 1;
  },
  error => {
    isOver = true;
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exitCode = 1;
  },
);
