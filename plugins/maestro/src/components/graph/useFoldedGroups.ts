import { useCallback, useState } from 'react';

/**
 * Which groups of a pipeline are folded; kept in this browser, for the graph
 * and the grid of the pipeline alike.
 */
export function useFoldedGroups(pipeline: string): {
  folded: ReadonlySet<string>;
  toggle: (groupId: string) => void;
} {
  const key = `maestro.folded.${pipeline}`;
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => read(key));
  const toggle = useCallback(
    (groupId: string) => {
      setFolded(before => {
        const next = new Set(before);
        if (!next.delete(groupId)) next.add(groupId);
        write(key, next);
        return next;
      });
    },
    [key],
  );
  return { folded, toggle };
}

function read(key: string): Set<string> {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]');
    return new Set(Array.isArray(value) ? value.map(String) : []);
  } catch {
    // Storage that is closed or broken: then everything is open.
    return new Set();
  }
}

function write(key: string, folded: ReadonlySet<string>): void {
  try {
    window.localStorage.setItem(key, JSON.stringify([...folded]));
  } catch {
    // Folded as long as the page is open.
  }
}
