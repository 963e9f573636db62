import { TASK_STATES } from '@maestro/plugin-maestro-common';
import {
  contrast,
  stateColor,
  stateTint,
  STATE_TONES,
  SURFACES,
  type ThemeMode,
} from './stateTokens';

const MODES: ThemeMode[] = ['light', 'dark'];

describe('state colours', () => {
  it('exist for every state of a task', () => {
    expect(STATE_TONES).toEqual(expect.arrayContaining([...TASK_STATES]));
  });

  it.each(MODES)('pass AA as text on every surface, %s', mode => {
    const tooFaint = STATE_TONES.flatMap(tone =>
      [...SURFACES[mode], stateTint(tone, mode)]
        .map(surface => ({
          tone,
          surface,
          ratio: contrast(stateColor(tone, mode), surface),
        }))
        .filter(({ ratio }) => ratio < 4.5),
    );
    expect(tooFaint).toEqual([]);
  });

  it.each(MODES)('tell success, running and failed apart, %s', mode => {
    const colors = ['success', 'running', 'failed', 'skipped'].map(state =>
      stateColor(state as 'success', mode),
    );
    expect(new Set(colors).size).toBe(colors.length);
  });

  it('computes the contrast of the standard', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 1);
    expect(contrast('#123456', '#123456')).toBe(1);
  });
});
