/*
 * The test cluster by hand: see HELP. Plain Node without dependencies, as root.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBinary, ensureMinio } from './binary.mjs';
import { inNetwork, runForeground } from './commands.mjs';
import { down } from './down.mjs';
import { downWhenWeDie } from './guard.mjs';
import { clustersOfHost } from './host.mjs';
import { ensureImages, IMAGES } from './images/images.mjs';
import { kubectlCommand } from './kubectl.mjs';
import { componentsOf, runningPid } from './processes.mjs';
import { missingBesidesPackages, missingPackages } from './requirements.mjs';
import { restart } from './restart.mjs';
import { clusterSettings } from './settings.mjs';
import { up } from './up.mjs';

const HELP = `node test/cluster/cluster.mjs COMMAND [--name NAME]

  up [--image NAME]…      brings the cluster up from nothing
  down                    takes it away; nothing is left behind
  status                  which clusters there are, which components run
  restart COMPONENT       starts a component again (containerd, etcd, kubelet, …)
  kubectl ARGUMENTS       kubectl of the cluster
  run COMMAND             runs a command in the network of the cluster, KUBECONFIG set
  with COMMAND            up, run, down; down also when we are killed
  build [WHAT]…           builds kubernetes, images, ml, airflow, minio (else the
                          first two) without starting anything
  requirements            what is missing here, one a line: "package NAME" or "other TEXT"

  NAME is ${
    clusterSettings().name
  } when it is not given (MAESTRO_CLUSTER changes that);
  clusters of different names live side by side.
`;

const BUILDS = {
  kubernetes: ensureBinary,
  images: options => ensureImages([], options),
  ml: options => ensureImages(['ml'], options),
  airflow: options => ensureImages(['airflow'], options),
  minio: ensureMinio,
};

const COMMANDS = {
  up: async ({ settings, images, say }) => {
    await up(settings, { images, say });
    say(`up; KUBECONFIG=${settings.kubeconfig} within its network:`);
    say(`node test/cluster/cluster.mjs run --name ${settings.name} -- bash`);
    return 0;
  },
  down: async ({ settings, say }) => {
    say(
      (await down(settings)) ? 'down' : `there is no cluster ${settings.name}`,
    );
    return 0;
  },
  status: async ({ say }) => {
    const clusters = Object.keys(clustersOfHost());
    if (!clusters.length) say('no cluster');
    for (const name of clusters) {
      const settings = clusterSettings({ name });
      say(name);
      for (const component of componentsOf(settings)) {
        const pid = runningPid(settings, component);
        say(`  ${component.padEnd(24)} ${pid ? `runs (${pid})` : 'ended'}`);
      }
    }
    return 0;
  },
  restart: async ({ settings, rest: [component], say }) => {
    await restart(settings, component);
    say(`${component} started`);
    return 0;
  },
  kubectl: async ({ settings, rest, say }) =>
    runForeground(
      kubectlCommand(requireUp(settings), await ensureBinary({ say }), rest),
    ),
  run: async ({ settings, rest }) => runInside(requireUp(settings), rest),
  with: async ({ settings, images, rest, say }) => {
    const guard = downWhenWeDie(settings);
    try {
      await up(settings, { images, say });
      return await runInside(settings, rest);
    } finally {
      await down(settings);
      guard.end();
    }
  },
  build: async ({ rest, say }) => {
    for (const what of rest.length ? rest : ['kubernetes', 'images']) {
      if (!BUILDS[what])
        throw new Error(
          `Nothing is called ${what}. There are: ${Object.keys(BUILDS).join(
            ', ',
          )}.`,
        );
      for (const file of [await BUILDS[what]({ say })].flat()) say(file);
    }
    return 0;
  },
  requirements: async () => {
    for (const one of missingPackages())
      process.stdout.write(`package ${one}\n`);
    for (const one of missingBesidesPackages())
      process.stdout.write(`other ${one}\n`);
    return 0;
  },
};

function requireUp(settings) {
  if (!fs.existsSync(settings.kubeconfig))
    throw new Error(
      `The cluster ${settings.name} is not up: node test/cluster/cluster.mjs up --name ${settings.name}`,
    );
  return settings;
}

function runInside(settings, command) {
  if (!command.length) throw new Error(`Which command?\n\n${HELP}`);
  return runForeground(inNetwork(settings, command), {
    env: {
      ...process.env,
      KUBECONFIG: settings.kubeconfig,
      MAESTRO_TEST_KUBECONFIG: settings.kubeconfig,
      MAESTRO_TEST_CLUSTER: settings.name,
      MAESTRO_TEST_CLUSTER_ADDRESS: settings.address,
    },
  });
}

/**
 * @returns `{command, name, images, rest}`; what follows `--`, or the
 * first word that is no option, is `rest`
 */
export function parseArguments([command, ...given]) {
  const parsed = { command, images: [], rest: [] };
  const words = [...given];
  while (words.length) {
    const word = words.shift();
    if (word === '--name') parsed.name = words.shift() ?? '';
    else if (word === '--image') {
      const image = words.shift();
      if (!IMAGES[image])
        throw new Error(
          `There is no image ${image}. There are: ${Object.keys(IMAGES).join(
            ', ',
          )}.`,
        );
      parsed.images.push(image);
    } else {
      parsed.rest = word === '--' ? words : [word, ...words];
      break;
    }
  }
  return parsed;
}

async function main() {
  const parsed = parseArguments(process.argv.slice(2));
  const command = COMMANDS[parsed.command];
  if (!command) {
    process.stderr.write(HELP);
    return 2;
  }
  const began = Date.now();
  const say = text =>
    process.stderr.write(
      `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}\n`,
    );
  return command({
    ...parsed,
    settings: clusterSettings({ name: parsed.name }),
    say,
  });
}

if (path.resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  main().then(
    code => process.exit(code),
    error => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
