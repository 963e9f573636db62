import fs from 'node:fs';
import path from 'node:path';

const TEMPLATES = 'templates/*/template.yaml';

function hasTemplate(root) {
  const folder = path.join(root, 'templates');
  return (
    fs.existsSync(folder) &&
    fs
      .readdirSync(folder)
      .some(name => fs.existsSync(path.join(folder, name, 'template.yaml')))
  );
}

/**
 * The catalog files of the embedded default: who owns the project's pipelines
 * and what they belong to, and the templates. A missing one is left out, since
 * the catalog would complain about it every few seconds.
 */
export function catalogFiles({ root }) {
  const project = path.join(root, 'pipelines/catalog-info.yaml');
  return [
    ...(fs.existsSync(project) ? [project] : []),
    ...(hasTemplate(root) ? [path.join(root, TEMPLATES)] : []),
  ];
}

/**
 * Folders with one folder a pipeline: the project's, and the one in the data
 * directory where the template puts new ones.
 */
export function pipelineFolders({ root, dataDir }) {
  return [path.join(root, 'pipelines'), path.join(dataDir, 'pipelines')];
}
