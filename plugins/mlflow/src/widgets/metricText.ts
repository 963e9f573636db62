import { MetricValue } from '@maestro/plugin-mlflow-common';

/**
 * A metric as text: at most four decimals between 0.001 and a million, powers
 * of ten outside, and the names of what is not a number.
 */
export function metricText(value: MetricValue | undefined): string {
  if (value === undefined) {
    return '—';
  }
  if (typeof value !== 'number') {
    return { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞' }[value];
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1_000_000)) {
    return value.toExponential(3);
  }
  return Number.isInteger(value)
    ? value.toLocaleString('en')
    : value.toFixed(size < 1_000 ? 4 : 1);
}

/** A duration in words of two units: `2 m 05 s`, `480 ms`. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined || ms < 0) {
    return '—';
  }
  if (ms < 1_000) {
    return `${Math.round(ms)} ms`;
  }
  const seconds = Math.floor(ms / 1_000);
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  }
  return `${Math.floor(seconds / 3_600)} h ${two(
    Math.floor((seconds % 3_600) / 60),
  )} m`;
}
