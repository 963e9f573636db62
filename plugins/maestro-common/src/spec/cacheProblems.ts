import type { LooseTask } from './graphProblems';
import type { ProblemList } from './problems';
import { at } from './schemaProblems';

/** Caches of what has no result, or that no source file can match. @internal */
export function findCacheProblems(
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  for (const { path: place, id, raw } of tasks) {
    if (raw.cache === undefined) continue;
    const path = [...place, 'cache'];
    if (raw.run === undefined) {
      list.add(
        path,
        `Task "${id}" has no command whose result could be reused`,
        'cache only beside run',
      );
    }
    const sources = at(raw.cache, ['sources']);
    if (Array.isArray(sources)) {
      sources.forEach((source, i) => {
        if (typeof source === 'string' && !isInside(source)) {
          list.add(
            [...path, 'sources', i],
            `"${source}" is not a path below the folder of the pipeline`,
            'a relative path such as train.py or src/',
          );
        }
      });
    }
  }
}

function isInside(path: string): boolean {
  return (
    !path.startsWith('/') &&
    !path.includes('\\') &&
    !path
      .replace(/\/$/, '')
      .split('/')
      .some(part => ['', '.', '..'].includes(part))
  );
}
