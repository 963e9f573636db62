import { useSyncExternalStore } from 'react';

/*
 * One clock for all that counts on a page: one interval, however many
 * durations tick, and none while nothing does.
 */
const listeners = new Set<() => void>();
let interval: ReturnType<typeof setInterval> | undefined;
let current = Date.now();

function subscribe(listener: () => void) {
  listeners.add(listener);
  if (!interval) {
    current = Date.now();
    interval = setInterval(() => {
      current = Date.now();
      listeners.forEach(notify => notify());
    }, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(interval);
      interval = undefined;
    }
  };
}

const getNow = () => {
  // Without the interval nobody moves `current`, so a first reader would see
  // the time of the last one.
  if (!interval) {
    const now = Date.now();
    if (now - current >= 1000) {
      current = now;
    }
  }
  return current;
};

/**
 * Epoch milliseconds of the browser, renewed once a second for as long as a
 * component that uses it is mounted.
 *
 * @public
 */
export function useNow(): number {
  return useSyncExternalStore(subscribe, getNow, getNow);
}
