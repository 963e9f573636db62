import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { execute } from './commands.mjs';
import { withLock } from './lock.mjs';
import { findProgram, findPrograms } from './requirements.mjs';
import { cacheFolder } from './settings.mjs';

/*
 * The Go that builds the test cluster and MinIO: this machine's own if it is
 * new enough, else one that is fetched once from the module proxy, where Go
 * itself gets the toolchains that a go.mod asks for.
 */

export const OLDEST_GO = [1, 24];

/** What is fetched; its zip files as the checksum database of Go knows them. */
export const FETCHED = {
  version: '1.26.8',
  sha256: {
    amd64: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
    arm64: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
  },
};

const PROXY = 'https://proxy.golang.org';
const ARCHITECTURE = { x64: 'amd64', arm64: 'arm64' };
const DOWNLOAD_MS = 10 * 60_000;

/** @returns [major, minor] of what `go version` says, or undefined */
export function parseGoVersion(text) {
  const match = /go version go(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function isNewEnough(go, env) {
  let text;
  try {
    text = execFileSync(go, ['version'], {
      encoding: 'utf8',
      // The version that is installed, not one that go.mod would bring.
      env: { ...env, GOTOOLCHAIN: 'local' },
      cwd: '/',
    });
  } catch {
    return false; // It cannot even be started here.
  }
  const [major, minor] = parseGoVersion(text) ?? [0, 0];
  return (
    major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1])
  );
}

/** The first proxy of GOPROXY that is an address; undefined when none may be asked. */
export function proxyOf(env) {
  if (!env.GOPROXY) return PROXY;
  return env.GOPROXY.split(/[,|]/)
    .find(one => /^https?:/.test(one))
    ?.replace(/\/$/, '');
}

async function download(url, file, sha256) {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(DOWNLOAD_MS),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new Error(
      `${url} is not what it was: sha256 ${found}, not ${sha256}`,
    );
  fs.writeFileSync(file, bytes);
}

/** The one folder of a module's zip, two levels down. */
function moduleIn(folder) {
  const [host] = fs.readdirSync(folder);
  const [module] = fs.readdirSync(path.join(folder, host));
  return path.join(folder, host, module);
}

/** @returns the folder of the toolchain, ready for use */
async function unpack(zip, folder) {
  const busybox = findProgram('busybox');
  const unzip = busybox ? [busybox, 'unzip'] : [findProgram('unzip')];
  if (!unzip[0]) throw new Error('neither busybox nor unzip is here');
  await execute([...unzip, '-q', zip, '-d', folder]);
  const root = moduleIn(folder);
  // As `go` does it after a download: a module holds no modes, and no second
  // go.mod.
  for (const dir of ['bin', 'pkg/tool'])
    for (const entry of fs.readdirSync(path.join(root, dir), {
      recursive: true,
      withFileTypes: true,
    }))
      if (entry.isFile())
        fs.chmodSync(path.join(entry.parentPath, entry.name), 0o755);
  fs.renameSync(path.join(root, 'src/_go.mod'), path.join(root, 'src/go.mod'));
  return root;
}

async function fetchGo({ env, say, toolchain }) {
  const arch = ARCHITECTURE[process.arch];
  const sha256 = toolchain.sha256[arch];
  const proxy = proxyOf(env);
  if (process.platform !== 'linux' || !sha256 || !proxy)
    throw new Error(
      proxy
        ? `none is known for ${process.platform} on ${process.arch}`
        : `GOPROXY is ${env.GOPROXY}`,
    );
  const parent = path.join(cacheFolder(env), 'go');
  const own = path.join(parent, toolchain.version);
  const go = path.join(own, 'bin/go');
  if (fs.existsSync(go)) return go;
  return withLock(path.join(cacheFolder(env), 'go.lock'), async () => {
    if (fs.existsSync(go)) return go;
    const name = `v0.0.1-go${toolchain.version}.linux-${arch}`;
    say(`fetching Go ${toolchain.version} (${own}); it is kept`);
    const unfinished = `${own}.unfinished`;
    fs.rmSync(unfinished, { recursive: true, force: true });
    fs.mkdirSync(unfinished, { recursive: true });
    const zip = `${unfinished}.zip`;
    try {
      await download(
        `${proxy}/golang.org/toolchain/@v/${name}.zip`,
        zip,
        sha256,
      );
      fs.renameSync(await unpack(zip, unfinished), own);
    } finally {
      fs.rmSync(zip, { force: true });
      fs.rmSync(unfinished, { recursive: true, force: true });
    }
    return go;
  });
}

/**
 * A Go that is new enough.
 *
 * @param options.programs - where to look first
 * @returns its path
 * @throws naming what is there, why none can be fetched and what to do
 */
export async function ensureGo({
  env = process.env,
  say = () => undefined,
  toolchain = FETCHED,
  programs = findPrograms('go', env),
} = {}) {
  const own = programs.find(one => isNewEnough(one, env));
  if (own) return own;
  try {
    return await fetchGo({ env, say, toolchain });
  } catch (error) {
    throw new Error(
      `Go ${OLDEST_GO.join('.')} or newer is missing (${
        programs.length
          ? `too old: ${programs.join(', ')}`
          : 'no go on the PATH and none in /usr/local/go/bin'
      }), and it cannot be fetched: ${
        error.cause?.message ?? error.message
      }. Install it from https://go.dev/dl`,
    );
  }
}
