import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/*
 * What a machine must have for the test cluster. The programs come with Debian
 * packages, which npm test installs; Go and root it cannot bring.
 */

/** Program → Debian package it is in. */
const PROGRAMS = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  openssl: 'openssl',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  busybox: 'busybox-static',
  debootstrap: 'debootstrap',
  gcc: 'gcc',
};

/** File → Debian package it is in, where that is no program on the PATH. */
const FILES = {
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/include/stdlib.h': 'libc6-dev',
};

export const OLDEST_GO = [1, 24];

// Root's PATH may lack the folders of administration; Go's own installer uses
// the last one.
const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin'];

function searchPath(env) {
  return [...(env.PATH ?? '').split(':').filter(Boolean), ...FOLDERS];
}

/** The environment in which all of them are found. */
export function toolsEnvironment(env = process.env) {
  return { ...env, PATH: searchPath(env).join(':') };
}

/** @returns the file of a program, or undefined */
export function findProgram(name, env = process.env) {
  return searchPath(env)
    .map(folder => path.join(folder, name))
    .find(file => fs.existsSync(file));
}

/** The Debian packages that are missing here. */
export function missingPackages(env = process.env) {
  const missing = [
    ...Object.entries(PROGRAMS)
      .filter(([program]) => !findProgram(program, env))
      .map(([, debian]) => debian),
    ...Object.entries(FILES)
      .filter(([file]) => !fs.existsSync(file))
      .map(([, debian]) => debian),
  ];
  return [...new Set(missing)];
}

/** @returns [major, minor] of what `go version` says, or undefined */
export function parseGoVersion(text) {
  const match = /go version go(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function goProblem(env) {
  const needed = OLDEST_GO.join('.');
  const go = findProgram('go', env);
  if (!go)
    return `Go ${needed} or newer (no go on the PATH and none in /usr/local/go/bin; https://go.dev/dl)`;
  const text = execFileSync(go, ['version'], {
    encoding: 'utf8',
    // The version that is installed, not one that go.mod would bring.
    env: { ...env, GOTOOLCHAIN: 'local' },
    cwd: '/',
  });
  const [major, minor] = parseGoVersion(text) ?? [0, 0];
  const isOld =
    major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1]);
  return isOld ? `Go ${needed} or newer (${go} is ${text.trim()})` : undefined;
}

/**
 * What stands in the way of a test cluster and no package can mend.
 *
 * @param options.go - whether Go is needed: not when the binary is cached
 * @returns a list for people; empty when nothing is missing
 */
export function missingBesidesPackages({ go = true, env = process.env } = {}) {
  const missing = [];
  if (process.platform !== 'linux')
    missing.push(`Linux (this is ${process.platform})`);
  if (process.getuid() !== 0)
    missing.push('root (for namespaces, mounts and cgroups)');
  if (go) {
    const problem = goProblem(env);
    if (problem) missing.push(problem);
  }
  return missing;
}

/**
 * @throws naming everything that is missing and what to do
 */
export function checkRequirements(options = {}) {
  const missing = missingBesidesPackages(options);
  const packages =
    process.platform === 'linux' ? missingPackages(options.env) : [];
  if (packages.length)
    missing.push(`apt install --no-install-recommends ${packages.join(' ')}`);
  if (missing.length)
    throw new Error(
      `The test cluster needs what is not here: ${missing.join(
        '; ',
      )}. Another cluster takes its place with MAESTRO_TEST_KUBECONFIG=<file>.`,
    );
}
