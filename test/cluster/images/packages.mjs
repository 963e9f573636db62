import fs from 'node:fs';
import path from 'node:path';
import {
  ensureUv,
  findPython,
  pythonEnv,
} from '../../../packages/bootstrap/src/embedded/python.mjs';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { execute } from '../commands.mjs';
import { SITE_PACKAGES } from './python.mjs';

/*
 * A layer of Python packages on top of the Python image, with bytecode, so that
 * the first import in a pod takes no longer than the second.
 */

/**
 * requirements.txt with packages installed instead of linked to the checkout.
 */
export const withoutLinks = text => text.replace(/^-e\s+/gm, '');

/**
 * Fills a folder with the packages of a requirements.txt.
 *
 * @param options.from - folder with requirements.txt and constraints.txt
 * @param options.own - packages of the checkout in it, by name
 * @param options.base - the unpacked Python image, whose interpreter compiles
 * the bytecode
 */
export async function installPackages(folder, { from, own = [], base, say }) {
  const env = pythonEnv();
  const { file: python } = await findPython(env);
  const uv = await ensureUv({
    toolsDir: path.join(ROOT, '.tools'),
    python,
    env,
    log: say,
  });
  const target = path.join(folder, SITE_PACKAGES);
  fs.mkdirSync(target, { recursive: true });
  // Beside the original: paths in it are relative to where uv runs.
  const requirements = path.join(folder, 'requirements.txt');
  fs.writeFileSync(
    requirements,
    withoutLinks(
      fs.readFileSync(path.join(from, 'requirements.txt'), 'utf8'),
    ).replace('-c constraints.txt', `-c ${from}/constraints.txt`),
  );
  await execute(
    [
      'nice',
      '-n',
      '19',
      uv,
      'pip',
      'install',
      '--python',
      python,
      '--python-version',
      '3.11',
      '--no-progress',
      '--link-mode',
      'copy',
      '--target',
      target,
      // uv keeps what it built of a folder until its pyproject.toml changes.
      ...own.flatMap(name => ['--refresh-package', name]),
      '-r',
      requirements,
    ],
    { env, cwd: from },
  );
  fs.rmSync(requirements);
  // By the interpreter that will read it. In a mount namespace of its own, so
  // that the packages are where they will be and nothing stays mounted.
  const inImage = path.join(base, SITE_PACKAGES);
  await execute([
    'nice',
    '-n',
    '19',
    'unshare',
    '--mount',
    'sh',
    '-c',
    `mount --bind ${target} ${inImage} && exec chroot ${base} python3 -m compileall -q -j 2 --invalidation-mode unchecked-hash /${SITE_PACKAGES}`,
  ]).catch(error => {
    // A few files of packages' own tests are no valid Python; they compile
    // nowhere and nobody imports them.
    if (error.exitCode !== 1) throw error;
  });
}
