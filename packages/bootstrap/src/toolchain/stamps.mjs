import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/*
 * "Only when its sources changed": a stamp is the hash of what a step was made
 * from, written after the step has succeeded. Contents are hashed, not times:
 * a checkout, a rebase or a copy changes times without changing anything.
 */

const SKIPPED = new Set(['node_modules', 'dist', 'dist-types', 'coverage']);
const TEST_FILE = /\.test\.[cm]?[jt]sx?$|(^|\/)(__tests__|__fixtures__)\//;

function collect(root, relative, files) {
  const absolute = path.join(root, relative);
  const stat = fs.statSync(absolute, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isFile()) {
    if (!TEST_FILE.test(relative)) files.push(relative);
    return;
  }
  for (const name of fs.readdirSync(absolute).sort())
    if (!SKIPPED.has(name) && !name.startsWith('.'))
      collect(root, path.join(relative, name), files);
}

/**
 * Hash over names and contents of files and folders (relative to `root`).
 * Build output, dependencies, hidden files and tests do not count; a path that
 * does not exist counts as absent, so that its appearance changes the hash.
 */
export function hashSources(root, paths, extra = '') {
  const files = [];
  for (const one of paths) collect(root, one, files);
  const hash = createHash('sha256').update(extra);
  for (const file of [...new Set(files)].sort()) {
    hash.update(`\0${file}\0`);
    hash.update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Folders of a workspace package and of every workspace package it is made from. */
export function workspaceFolders(root, name) {
  const byName = new Map();
  for (const group of ['packages', 'plugins'])
    for (const entry of fs.existsSync(path.join(root, group))
      ? fs.readdirSync(path.join(root, group))
      : []) {
      const file = path.join(root, group, entry, 'package.json');
      if (fs.existsSync(file)) {
        const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
        byName.set(manifest.name, { folder: `${group}/${entry}`, manifest });
      }
    }
  const found = new Set();
  const visit = one => {
    const entry = byName.get(one);
    if (!entry || found.has(entry.folder)) return;
    found.add(entry.folder);
    for (const dependencies of [
      entry.manifest.dependencies,
      entry.manifest.devDependencies,
    ])
      for (const [dependency, range] of Object.entries(dependencies ?? {}))
        if (range.startsWith('workspace:')) visit(dependency);
  };
  visit(name);
  return [...found].sort();
}

/** True when `name` was stamped with exactly this hash. */
export function isStamped(toolsDir, name, hash) {
  try {
    return (
      fs.readFileSync(path.join(toolsDir, 'stamps', name), 'utf8') === hash
    );
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Remembers that `name` was made from sources with this hash. */
export function writeStamp(toolsDir, name, hash) {
  const file = path.join(toolsDir, 'stamps', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, hash);
}
