/**
 * The colours of states, the one place where they are named: chips, dots,
 * grid, graph and charts read them from here. Hues are Airflow's, darkened
 * (light theme) or lightened (dark theme) until text in them passes WCAG AA on
 * every surface of the portal; the test computes it.
 *
 * @packageDocumentation
 */
import type { TaskState } from '@maestro/plugin-maestro-common';

/** Theme of the portal, as Material UI names it. @public */
export type ThemeMode = 'light' | 'dark';

/**
 * What a colour may say: a task's or run's state, or the tone of a verdict.
 *
 * @public
 */
export type StateTone = TaskState | 'info' | 'warning' | 'critical';

/** Surfaces that stand behind state colours, per theme. @internal */
export const SURFACES: Record<ThemeMode, readonly string[]> = {
  light: ['#ffffff', '#f8f8f8', '#f5f5f5'],
  dark: ['#333333', '#424242', '#424141'],
};

const TONES: Record<StateTone, Record<ThemeMode, string>> = {
  none: { light: '#5f646b', dark: '#b9bdc4' },
  scheduled: { light: '#7d5a2e', dark: '#e0c29a' },
  queued: { light: '#585d63', dark: '#c6c9ce' },
  running: { light: '#4a6f00', dark: '#c3ee5a' },
  success: { light: '#0b6b35', dark: '#74dd94' },
  failed: { light: '#b3151c', dark: '#ffa9a3' },
  up_for_retry: { light: '#7a5800', dark: '#ffd166' },
  up_for_reschedule: { light: '#00656f', dark: '#6fe0de' },
  deferred: { light: '#6d35b8', dark: '#d5bcff' },
  skipped: { light: '#a81d63', dark: '#ffa8d4' },
  upstream_failed: { light: '#9a3d05', dark: '#ffb37a' },
  removed: { light: '#63676d', dark: '#bfc3c8' },
  info: { light: '#1f5a96', dark: '#9cc8f5' },
  warning: { light: '#7a5800', dark: '#ffd166' },
  critical: { light: '#b3151c', dark: '#ffa9a3' },
};

/** How much of the tone a tinted background holds. */
const TINT: Record<ThemeMode, number> = { light: 0.08, dark: 0.08 };

/**
 * The colour of text, icons and lines that speak of a state.
 *
 * @public
 */
export function stateColor(tone: StateTone, mode: ThemeMode): string {
  return TONES[tone][mode];
}

/**
 * A faint background in the hue of a state, opaque so that what lies below
 * cannot lower the contrast of text on it.
 *
 * @public
 */
export function stateTint(tone: StateTone, mode: ThemeMode): string {
  const paper = mode === 'light' ? '#ffffff' : '#424242';
  return mix(paper, TONES[tone][mode], TINT[mode]);
}

/** Every tone there is. @internal */
export const STATE_TONES = Object.keys(TONES) as StateTone[];

function channels(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  // eslint-disable-next-line no-bitwise
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mix(base: string, over: string, share: number): string {
  const b = channels(base);
  const hex = channels(over)
    .map((value, i) => Math.round(value * share + b[i] * (1 - share)))
    .map(value => value.toString(16).padStart(2, '0'))
    .join('');
  return `#${hex}`;
}

/**
 * Contrast ratio of two colours `#rrggbb` as WCAG 2 defines it, 1 to 21.
 *
 * @public
 */
export function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, bl] = channels(hex).map(value => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
