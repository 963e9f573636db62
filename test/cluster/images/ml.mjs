import path from 'node:path';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { hashSources } from '../../../packages/bootstrap/src/toolchain/stamps.mjs';
import { installPackages } from './packages.mjs';

/*
 * The layer that makes a Python image the task image of the pipelines, as
 * pipelines/Dockerfile does: everything in requirements.txt, with `runtime` and
 * `flights`, and bytecode.
 */

const PIPELINES = path.join(ROOT, 'pipelines');
const INPUTS = ['requirements.txt', 'constraints.txt', 'runtime', 'flights'];

/** Packages of the checkout, in requirements.txt by their folder. */
const OWN = ['maestro-runtime', 'maestro-flights'];

/** Changes whenever the layer has to be made again. */
export const environmentInputs = () =>
  `${process.arch} ${hashSources(PIPELINES, INPUTS)}`;

/** Fills a folder with the Python environment. */
export const buildEnvironment = (folder, { base, say }) =>
  installPackages(folder, { from: PIPELINES, own: OWN, base, say });
