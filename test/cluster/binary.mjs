import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommand } from '../../packages/bootstrap/src/processes/command.mjs';
import { startGuard } from '../../packages/bootstrap/src/processes/guard.mjs';
import { ensureGo } from './go.mjs';
import { withLock } from './lock.mjs';
import { toolsEnvironment } from './requirements.mjs';
import { cacheFolder, hashOf, SOURCE } from './settings.mjs';

/*
 * Programs built from Go modules: Kubernetes as one program (minicluster/) and
 * MinIO. Each is built once per machine and version, at the lowest priority,
 * since it may run beside test suites.
 */

const MODULE = path.join(SOURCE, 'minicluster');
const BUILT_FROM = ['go.mod', 'go.sum', 'main.go'];

/** S3 for tests; the last version whose source is a Go module. */
export const MINIO =
  'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c';

/** Programs nobody has used for so long are removed when another is built. */
const KEPT_MS = 30 * 24 * 3600_000;

function removeOld(folder, current) {
  for (const name of fs.readdirSync(folder)) {
    const one = path.join(folder, name);
    if (one !== current && Date.now() - fs.statSync(one).mtimeMs > KEPT_MS)
      fs.rmSync(one, { recursive: true, force: true });
  }
}

/**
 * A program of the cache, built if it is not there.
 *
 * @param options.build - `(output, go) => Promise`: makes the file `output`;
 * `go(args, options)` runs Go at the lowest priority
 */
async function ensureProgram({ kind, hash, program, title, build, say }) {
  const folder = path.join(cacheFolder(), kind);
  const own = path.join(folder, hash);
  const file = path.join(own, program);
  const use = () => {
    // Says when it was last used.
    fs.utimesSync(own, new Date(), new Date());
    return file;
  };
  if (fs.existsSync(file)) return use();
  const goProgram = await ensureGo({ say });
  return withLock(path.join(cacheFolder(), `${kind}.lock`), async () => {
    if (fs.existsSync(file)) return use();
    say(`building ${title} (${file}); it is kept for the next time`);
    fs.mkdirSync(own, { recursive: true });
    const unfinished = path.join(own, `${program}.unfinished`);
    // Whoever ends us ends the compiler too.
    const guard = startGuard();
    const go = (args, options = {}) =>
      runCommand('nice', ['-n', '19', goProgram, ...args], {
        logFile: path.join(own, 'build.log'),
        guard,
        ...options,
        env: {
          ...toolsEnvironment(),
          CGO_ENABLED: '0',
          // A go.mod may ask for a newer Go than the one here.
          GOTOOLCHAIN: 'auto',
          ...options.env,
        },
      });
    try {
      await build(unfinished, go);
    } finally {
      guard.release();
    }
    fs.renameSync(unfinished, file);
    removeOld(folder, own);
    return file;
  });
}

/** The version of Kubernetes that go.mod pins, e.g. v1.34.4. */
export function kubernetesVersion() {
  const text = fs.readFileSync(path.join(MODULE, 'go.mod'), 'utf8');
  return /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(text)[1];
}

/** Linker flags that give the components the version Kubernetes' own build does. */
function versionFlags(version) {
  const [, minor] = /^v1\.(\d+)\./.exec(version);
  const values = {
    gitVersion: version,
    gitMajor: '1',
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'minicluster',
    buildDate: '1970-01-01T00:00:00Z',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap(where =>
      Object.entries(values).map(
        ([name, value]) => `-X ${where}.${name}=${value}`,
      ),
    )
    .join(' ');
}

const goBuild = output => [
  'build',
  `-p=${os.cpus().length}`,
  '-trimpath',
  '-buildvcs=false',
  '-o',
  output,
];

/**
 * The program that is every component of Kubernetes, etcd, CoreDNS and
 * metrics-server. Building it takes 6 to 15 minutes on two cores, 2.3 GB of
 * memory and 2 GB of Go's caches.
 *
 * @returns its path
 * @throws when Go cannot be had or the build fails, with its last lines
 */
export async function ensureBinary({ say = () => undefined } = {}) {
  const version = kubernetesVersion();
  return ensureProgram({
    kind: 'kubernetes',
    hash: hashOf(MODULE, BUILT_FROM, process.arch),
    program: 'minicluster',
    title: `Kubernetes ${version}`,
    say,
    build: (output, go) =>
      go(
        [...goBuild(output), '-ldflags', `-s -w ${versionFlags(version)}`, '.'],
        { cwd: MODULE },
      ),
  });
}

/** MinIO's server: 6 minutes on two cores. @returns its path */
export async function ensureMinio({ say = () => undefined } = {}) {
  return ensureProgram({
    kind: 'minio',
    hash: hashOf(SOURCE, [], `${MINIO} ${process.arch}`),
    program: 'minio',
    title: MINIO,
    say,
    build: async (output, go) => {
      // Installed below a folder of its own, as go names the program itself.
      const folder = `${output}.d`;
      await go(['install', '-trimpath', '-ldflags', '-s -w', MINIO], {
        env: { GOBIN: folder },
      });
      fs.renameSync(path.join(folder, 'minio'), output);
      fs.rmSync(folder, { recursive: true });
    },
  });
}
