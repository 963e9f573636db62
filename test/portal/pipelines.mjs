import fs from 'node:fs';
import path from 'node:path';

/** A task that is a line of shell. */
export const shell = (id, script, more = {}) => ({
  id,
  run: { command: ['sh', '-c', script] },
  ...more,
});

/**
 * Writes a pipeline where the template writes its own: into the data
 * directory.
 *
 * @param what - its `spec` without type and owner, or the text of the file
 */
export function writePipeline(portal, name, what, files = {}) {
  const folder = path.join(portal.dataDir, 'pipelines', name);
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files))
    fs.writeFileSync(path.join(folder, file), text);
  const text =
    typeof what === 'string'
      ? what
      : // JSON is YAML.
        JSON.stringify(
          {
            apiVersion: 'maestro.dev/v1alpha1',
            kind: 'Pipeline',
            metadata: { name },
            spec: { type: 'test', owner: 'group:default/ml-team', ...what },
          },
          undefined,
          2,
        );
  const file = path.join(folder, 'catalog-info.yaml');
  // All of it at once: the catalog may look at any moment.
  const written = path.join(portal.dataDir, `${name}.yaml.new`);
  fs.writeFileSync(written, text);
  fs.renameSync(written, file);
  return file;
}

/** Has Maestro look at the catalog now; the catalog looks every few seconds. */
export const refresh = portal => portal.api.post('/refresh', {});

/** Waits until all these pipelines can be triggered. */
export async function registered(portal, names) {
  await portal.api.eventually(
    `registered: ${names}`,
    async () => {
      await refresh(portal);
      const known = new Set(
        (await portal.api.get('/pipelines')).items.map(one => one.name),
      );
      return names.every(name => known.has(name));
    },
    {
      timeoutMs: 300_000,
      everyMs: 1000,
      describe: async () => JSON.stringify(await portal.api.get('/problems')),
    },
  );
}

/**
 * Cancels the runs that a new data directory begins by itself, where a suite
 * is about something else, and pauses their pipelines.
 */
export async function withoutFirstRuns(portal) {
  const pipelines = await portal.api.eventually(
    'the first runs have begun',
    async () => {
      const { items } = await portal.api.get('/pipelines');
      return items.length >= 4 && items.every(one => one.lastRuns.length > 0)
        ? items
        : undefined;
    },
    { timeoutMs: 300_000, everyMs: 500 },
  );
  for (const { name } of pipelines)
    await portal.api.put(`/pipelines/${name}/pause`, { paused: true });
  // With what they have started till then.
  const { items } = await portal.api.get('/runs');
  for (const { runId } of items)
    await portal.api.post(`/runs/${runId}/cancel`, {}).catch(error => {
      // Its work was over before it was asked to end.
      if (error.status !== 409) throw error;
    });
  await Promise.all(items.map(({ runId }) => portal.api.finished(runId)));
}
