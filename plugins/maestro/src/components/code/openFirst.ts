import type { PipelineVersion } from '@maestro/plugin-maestro-common';

/**
 * The file to open first: the DAG file, the one that the earliest task runs, else the first
 * that can be read; undefined when a version has no such file.
 */
export function openFirst(
  version: Pick<PipelineVersion, 'definition' | 'files'>,
): string | undefined {
  const readable = version.files.filter(({ content }) => content !== undefined);
  const dag = readable.find(
    ({ path }) => path === version.definition.airflow?.file,
  );
  if (dag) return dag.path;
  const tasks = version.definition.tasks as readonly { command?: string[] }[];
  for (const { command = [] } of tasks) {
    const file = readable.find(({ path }) =>
      command.some(word => word === path || path.endsWith(`/${word}`)),
    );
    if (file) return file.path;
  }
  return readable[0]?.path;
}
