import fs from 'node:fs';
import path from 'node:path';
import { execute } from '../commands.mjs';
import { IMAGE_ARCHITECTURE } from './archive.mjs';

/*
 * What stands for python:3.11-slim: the same Debian with its own Python 3.11
 * instead of one built into /usr/local. 75 s and 45 MB of downloads.
 */

const SUITE = 'bookworm';
const PACKAGES = ['python3', 'ca-certificates'];
/** Where Debian's Python looks for what was added by hand. */
export const SITE_PACKAGES = 'usr/local/lib/python3.11/dist-packages';

const NOT_NEEDED = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'var/cache/apt',
  'var/lib/apt/lists',
];

/** What decides what the image holds, besides this file. */
export const pythonInputs = () => `${SUITE} ${process.arch}`;

/**
 * The mirror of Debian that this machine uses itself, else Debian's own.
 *
 * @param texts - contents of the files in /etc/apt that name sources
 */
export function debianMirror(texts) {
  for (const text of texts)
    for (const line of text.split('\n')) {
      const match =
        /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(https?:\/\/\S+\/debian)\/?(?:\s|$)/.exec(
          line,
        );
      if (match) return match[1];
    }
  return 'http://deb.debian.org/debian';
}

function sourcesOfApt() {
  const folder = '/etc/apt/sources.list.d';
  return [
    '/etc/apt/sources.list',
    ...(fs.existsSync(folder)
      ? fs.readdirSync(folder).map(name => path.join(folder, name))
      : []),
  ]
    .filter(file => fs.existsSync(file) && /\.(list|sources)$/.test(file))
    .map(file => fs.readFileSync(file, 'utf8'));
}

/** Fills a folder with the root file system. */
export async function buildPython(folder) {
  await execute([
    'nice',
    '-n',
    '19',
    'debootstrap',
    '--variant=minbase',
    `--arch=${IMAGE_ARCHITECTURE[process.arch]}`,
    '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg',
    `--include=${PACKAGES.join(',')}`,
    SUITE,
    folder,
    debianMirror(sourcesOfApt()),
  ]);
  for (const one of NOT_NEEDED)
    fs.rmSync(path.join(folder, one), { recursive: true, force: true });
  // debootstrap leaves there what the machine that builds resolves names with.
  fs.writeFileSync(path.join(folder, 'etc/resolv.conf'), '');
  for (const name of ['python', 'python3'])
    fs.symlinkSync(
      '/usr/bin/python3',
      path.join(folder, 'usr/local/bin', name),
    );
}
