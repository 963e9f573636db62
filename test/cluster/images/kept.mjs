import fs from 'node:fs';
import path from 'node:path';

/*
 * What of the built images stays in the cache. One of `ml` has more than 1 GB,
 * and a week of work on its packages makes dozens of them.
 */

/** What was used since then may be under import by another checkout. */
const IN_USE_MS = 2 * 3600_000;

/** Of a name, however long nobody has used them: of here, and of main. */
const NEWEST = 2;

/**
 * Removes older builds of a name. Nobody else may be building: what is
 * unfinished was left by one who died.
 *
 * @param folder - of the cache
 * @param name - of a layer or an image
 * @param ending - of its builds behind the hash: `.tar` for archives, nothing
 * for the folders of layers
 * @param inside - file that a folder has once it was built to the end
 * @param current - the build that stays in any case, a path
 * @param now - epoch ms
 */
export function removeOlder(
  folder,
  { name, ending = '', inside = '', current, now = Date.now() },
) {
  const start = `${name}-`;
  const builds = [];
  for (const entry of fs.readdirSync(folder)) {
    if (!entry.startsWith(start)) continue;
    const file = path.join(folder, entry);
    const rest = /^[0-9a-f]{16}(.*)$/.exec(entry.slice(start.length))?.[1];
    if (file === current || rest === undefined) continue;
    const isBuild = rest === ending;
    if (isBuild && fs.existsSync(path.join(file, inside)))
      builds.push({ file, usedAt: fs.statSync(file).mtimeMs });
    else if (isBuild || rest.startsWith(`${ending}.unfinished`))
      fs.rmSync(file, { recursive: true, force: true });
  }
  builds.sort((a, b) => b.usedAt - a.usedAt);
  // The current one is the newest.
  for (const { file, usedAt } of builds.slice(NEWEST - 1))
    if (now - usedAt > IN_USE_MS)
      fs.rmSync(file, { recursive: true, force: true });
}
