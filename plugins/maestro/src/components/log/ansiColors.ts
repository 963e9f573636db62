import type { CSSProperties } from 'react';
import { contrast, type ThemeMode } from '@maestro/plugin-maestro-react';
import type { AnsiStyle } from './ansi';

/** Surface and text of the log, per theme. */
export const LOG_SURFACE: Record<ThemeMode, { bg: string; fg: string }> = {
  light: { bg: '#fbfbfb', fg: '#1f2328' },
  dark: { bg: '#1e1f22', fg: '#e6e6e6' },
};

const PALETTE: Record<ThemeMode, Record<string, string>> = {
  light: {
    black: '#1f2328',
    red: '#b3151c',
    green: '#0b6b35',
    yellow: '#7a5800',
    blue: '#1f5a96',
    magenta: '#a81d63',
    cyan: '#00656f',
    white: '#585d63',
    'bright-black': '#5f646b',
    'bright-red': '#c62828',
    'bright-green': '#257a33',
    'bright-yellow': '#8a6100',
    'bright-blue': '#1565c0',
    'bright-magenta': '#b8216b',
    'bright-cyan': '#0b7285',
    'bright-white': '#1f2328',
  },
  dark: {
    black: '#9aa0a6',
    red: '#ff8a84',
    green: '#74dd94',
    yellow: '#ffd166',
    blue: '#8ab8f5',
    magenta: '#ff9fd0',
    cyan: '#6fe0de',
    white: '#e6e6e6',
    'bright-black': '#a8adb3',
    'bright-red': '#ffa9a3',
    'bright-green': '#9bf0b4',
    'bright-yellow': '#ffe08f',
    'bright-blue': '#b3d3fa',
    'bright-magenta': '#ffbfe0',
    'bright-cyan': '#a0f0ee',
    'bright-white': '#ffffff',
  },
};

/**
 * CSS of a style on a theme. A colour that could not be read on what is behind
 * it gives way to the text's own.
 */
export function ansiCss(style: AnsiStyle, mode: ThemeMode): CSSProperties {
  const surface = LOG_SURFACE[mode];
  const resolve = (color: string) =>
    color.startsWith('#') ? color : PALETTE[mode][color];
  const background = style.bg ? resolve(style.bg) : undefined;
  const behind = background ?? surface.bg;
  let color = style.fg ? resolve(style.fg) : undefined;
  if ((color || background) && contrast(color ?? surface.fg, behind) < 4.5) {
    color =
      contrast('#ffffff', behind) > contrast('#1f2328', behind)
        ? '#ffffff'
        : '#1f2328';
  }
  return {
    color,
    backgroundColor: background,
    fontWeight: style.bold ? 700 : undefined,
    fontStyle: style.italic ? 'italic' : undefined,
    textDecoration: style.underline ? 'underline' : undefined,
  };
}
