/**
 * Shortcuts of a page: single keys and `g` followed by a key. They rest while
 * somebody types or a dialog is open, and leave the browser's own alone.
 *
 * @packageDocumentation
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';

/** One shortcut. */
export interface Shortcut {
  /** A key as in `KeyboardEvent.key`, or two such as `g p`. */
  keys: string;
  /** What it does, for the dialog. */
  label: string;
  run: () => void;
}

/** How long a `g` waits for its second key, in milliseconds. */
const SEQUENCE = 1500;

const sources = new Set<{ current: Shortcut[] }>();
const listeners = new Set<() => void>();
let snapshot: Shortcut[] = [];
let pendingSince: number | undefined;

function changed() {
  snapshot = [...sources].flatMap(source => source.current);
  listeners.forEach(notify => notify());
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(
    element?.closest?.(
      'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"], [role="listbox"], [role="textbox"]',
    ),
  );
}

/** Handles one key press. @internal */
export function handleKey(event: KeyboardEvent): void {
  if (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.isComposing ||
    isTyping(event.target)
  ) {
    return;
  }
  const now = event.timeStamp;
  const second =
    pendingSince !== undefined && now - pendingSince < SEQUENCE
      ? `g ${event.key}`
      : undefined;
  pendingSince = undefined;
  const all = [...sources].reverse().flatMap(source => source.current);
  const found = all.find(shortcut => shortcut.keys === (second ?? event.key));
  if (found) {
    // Enter on a focused link or button is that element's own.
    const target = event.target as HTMLElement | null;
    if (event.key === 'Enter' && target?.closest?.('a, button')) {
      return;
    }
    event.preventDefault();
    found.run();
  } else if (event.key === 'g' && !second) {
    pendingSince = now;
  }
}

/**
 * Registers shortcuts for as long as the component is mounted. Of two with the
 * same keys the one registered last acts.
 */
export function useShortcuts(shortcuts: Shortcut[]): void {
  const source = useRef(shortcuts);
  source.current = shortcuts;
  const labels = shortcuts.map(s => `${s.keys}\n${s.label}`).join('\n');
  useEffect(() => {
    if (sources.size === 0) {
      window.addEventListener('keydown', handleKey);
    }
    sources.add(source);
    changed();
    return () => {
      sources.delete(source);
      changed();
      if (sources.size === 0) {
        window.removeEventListener('keydown', handleKey);
      }
    };
  }, []);
  useEffect(changed, [labels]);
}

/** All shortcuts that act now, for the dialog. */
export function useAllShortcuts(): Shortcut[] {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => snapshot,
    () => snapshot,
  );
}
