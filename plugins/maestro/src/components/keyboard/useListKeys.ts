import { useEffect, useState } from 'react';
import { useShortcuts, type Shortcut } from './shortcuts';

/**
 * `j` and `k` move through a list, `Enter` opens, and further keys act on the
 * item that is marked. Nothing is marked until a key is pressed.
 *
 * @returns the marked item's index, or -1
 */
export function useListKeys<T>(options: {
  items: readonly T[];
  /** Names an item, so that the mark stays on it when the list changes. */
  keyOf: (item: T) => string;
  onOpen: (item: T) => void;
  actions?: Array<{ keys: string; label: string; run: (item: T) => void }>;
  /** Brings the marked item into view. */
  onMove?: (index: number) => void;
}): number {
  const { items, keyOf, onOpen, actions = [], onMove } = options;
  const [marked, setMarked] = useState<string>();
  const index =
    marked === undefined ? -1 : items.findIndex(item => keyOf(item) === marked);
  const move = (by: number) => {
    if (items.length === 0) {
      return;
    }
    const from = index < 0 && by < 0 ? items.length : index;
    const next = Math.min(items.length - 1, Math.max(0, from + by));
    setMarked(keyOf(items[next]));
  };
  const onMarked = (run: (item: T) => void) => () => {
    if (index >= 0) {
      run(items[index]);
    }
  };
  const shortcuts: Shortcut[] = [
    { keys: 'j', label: 'Next', run: () => move(1) },
    { keys: 'k', label: 'Previous', run: () => move(-1) },
    { keys: 'Enter', label: 'Open', run: onMarked(onOpen) },
    ...actions.map(({ keys, label, run }) => ({
      keys,
      label,
      run: onMarked(run),
    })),
  ];
  useShortcuts(shortcuts);
  useEffect(() => {
    if (index >= 0) {
      onMove?.(index);
    }
    // Only a move scrolls; a list that is refreshed must not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [marked]);
  return index;
}
