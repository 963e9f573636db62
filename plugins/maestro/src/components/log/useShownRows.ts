import { useCallback, useMemo, useState } from 'react';
import type { LogRow } from './logWindow';
import {
  logGroups,
  shownRows,
  type LogGroup,
  type ShownRow,
} from './recordRows';

/** @internal */
export interface ShownRows {
  rows: readonly ShownRow[];
  /** Whether the group, or the fields of the record, of a row is open. */
  isOpen(row: ShownRow): boolean;
  toggle(key: string): void;
  /** Opens the group that a row of the window is folded in. */
  reveal(index: number): void;
  /** Counts what `reveal` opened. */
  revealed: number;
}

/** The rows of a log as they are shown, with what the reader folded. */
export function useShownRows(
  lines: readonly LogRow[],
  options: { isRaw: boolean; isComplete: boolean },
): ShownRows {
  const { isRaw, isComplete } = options;
  /** What the reader opened and closed, by key. */
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [revealed, setRevealed] = useState(0);
  const groups = useMemo(
    () => (isRaw ? [] : logGroups(lines, isComplete)),
    [lines, isRaw, isComplete],
  );
  const isGroupOpen = useCallback(
    (group: LogGroup) =>
      chosen.get(group.key) ?? (group.hasError || !group.isClosed),
    [chosen],
  );
  const rows = useMemo(
    () =>
      isRaw
        ? lines.map((row, index) => ({ row, index }))
        : shownRows(lines, groups, isGroupOpen),
    [lines, isRaw, groups, isGroupOpen],
  );
  const isOpen = useCallback(
    ({ row, group }: ShownRow) =>
      group ? isGroupOpen(group) : chosen.get(row.key) ?? false,
    [chosen, isGroupOpen],
  );
  const toggle = useCallback(
    (key: string) => {
      setChosen(before => {
        const group = groups.find(each => each.key === key);
        const wasOpen = group
          ? before.get(key) ?? (group.hasError || !group.isClosed)
          : before.get(key) ?? false;
        return new Map(before).set(key, !wasOpen);
      });
    },
    [groups],
  );
  const reveal = useCallback(
    (index: number) => {
      const group = groups.find(
        ({ start, end }) => start < index && index < end,
      );
      if (group && !isGroupOpen(group)) {
        setChosen(before => new Map(before).set(group.key, true));
        setRevealed(count => count + 1);
      }
    },
    [groups, isGroupOpen],
  );
  return { rows, isOpen, toggle, reveal, revealed };
}
