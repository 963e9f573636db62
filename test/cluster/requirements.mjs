import fs from 'node:fs';
import path from 'node:path';

/*
 * What a machine must have for the test cluster. The programs come with Debian
 * packages, which npm test installs; root it cannot bring. Go is brought where
 * something is built: see go.mjs.
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

/** All files of that name, in the order in which they are looked for. */
export function findPrograms(name, env = process.env) {
  return [...new Set(searchPath(env))]
    .map(folder => path.join(folder, name))
    .filter(file => fs.existsSync(file));
}

/** @returns the file of a program, or undefined */
export function findProgram(name, env = process.env) {
  return findPrograms(name, env)[0];
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

/**
 * What stands in the way of a test cluster and no package can mend.
 *
 * @returns a list for people; empty when nothing is missing
 */
export function missingBesidesPackages() {
  const missing = [];
  if (process.platform !== 'linux')
    missing.push(`Linux (this is ${process.platform})`);
  if (process.getuid() !== 0)
    missing.push('root (for namespaces, mounts and cgroups)');
  return missing;
}

/**
 * @throws naming everything that is missing and what to do
 */
export function checkRequirements(env = process.env) {
  const missing = missingBesidesPackages();
  const packages = process.platform === 'linux' ? missingPackages(env) : [];
  if (packages.length)
    missing.push(`apt install --no-install-recommends ${packages.join(' ')}`);
  if (missing.length)
    throw new Error(
      `The test cluster needs what is not here: ${missing.join(
        '; ',
      )}. Another cluster takes its place with MAESTRO_TEST_KUBECONFIG=<file>.`,
    );
}
