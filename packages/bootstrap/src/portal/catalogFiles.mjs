import fs from 'node:fs';
import path from 'node:path';
import { writePrivate } from './dataDirectory.mjs';

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
 * The catalog files of the embedded default: the project's pipelines and
 * templates, and the folder in the data directory where the template puts new
 * pipelines. A missing one is left out, since the catalog would complain about
 * it every few seconds.
 */
export function catalogFiles({ root, dataDir }) {
  const own = path.join(dataDir, 'pipelines/catalog-info.yaml');
  writePrivate(
    own,
    `${JSON.stringify(
      {
        apiVersion: 'backstage.io/v1alpha1',
        kind: 'Location',
        metadata: {
          name: 'maestro-local-pipelines',
          description: 'Pipelines made on this machine with a template',
        },
        // Optional: at first there are none.
        spec: { targets: ['./*/catalog-info.yaml'], presence: 'optional' },
      },
      undefined,
      2,
    )}\n`,
  );
  const project = path.join(root, 'pipelines/catalog-info.yaml');
  return [
    ...(fs.existsSync(project) ? [project] : []),
    ...(hasTemplate(root) ? [path.join(root, TEMPLATES)] : []),
    own,
  ];
}
