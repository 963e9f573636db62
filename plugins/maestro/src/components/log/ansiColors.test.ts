import { contrast, type ThemeMode } from '@maestro/plugin-maestro-react';
import { ansiCss, LOG_SURFACE } from './ansiColors';

const BASE = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
];
const NAMES = [...BASE, ...BASE.map(name => `bright-${name}`)];

describe.each<ThemeMode>(['light', 'dark'])('ansiCss, %s', mode => {
  const { bg, fg } = LOG_SURFACE[mode];

  it('is readable with every colour that a task can choose', () => {
    for (const color of [
      ...NAMES,
      '#000000',
      '#ffffff',
      '#ffff00',
      '#777777',
    ]) {
      expect(
        contrast(ansiCss({ fg: color }, mode).color as string, bg),
      ).toBeGreaterThanOrEqual(4.5);
      const filled = ansiCss({ bg: color }, mode);
      expect(
        contrast(
          (filled.color as string) ?? fg,
          filled.backgroundColor as string,
        ),
      ).toBeGreaterThanOrEqual(4.4);
    }
  });

  it('leaves plain text to the theme', () => {
    expect(ansiCss({}, mode).color).toBeUndefined();
  });
});
