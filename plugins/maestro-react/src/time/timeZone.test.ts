import { act, renderHook } from '@testing-library/react';
import {
  formatExact,
  formatRunDate,
  setTimeZoneChoice,
  useTimeZone,
} from './timeZone';

const at = Date.UTC(2026, 10, 15, 4, 0, 0);

describe('times', () => {
  it('are exact in the zone asked for, over a change to summer time too', () => {
    expect(formatExact(at, 'UTC')).toBe('Sun 15 Nov 2026, 04:00:00 UTC');
    expect(formatExact(at, 'Europe/Berlin')).toMatch(
      /^Sun 15 Nov 2026, 05:00:00/,
    );
    expect(formatExact(Date.UTC(2026, 6, 1, 4, 0, 0), 'Europe/Berlin')).toMatch(
      /^Wed 1 Jul 2026, 06:00:00/,
    );
  });

  it('name a run shortly, and with the year only when it is another', () => {
    expect(formatRunDate(at, 'UTC', at)).toBe('Sun 15 Nov 04:00');
    expect(formatRunDate(at + 7_000, 'UTC', at)).toBe('Sun 15 Nov 04:00:07');
    expect(formatRunDate(at, 'UTC', at + 90 * 86_400_000)).toBe(
      'Sun 15 Nov 2026 04:00',
    );
  });

  it('change zone everywhere with one choice', () => {
    const { result } = renderHook(() => useTimeZone());
    expect(result.current).toEqual({ zone: 'local', choice: 'mine' });
    act(() => setTimeZoneChoice('utc'));
    expect(result.current).toEqual({ zone: 'UTC', choice: 'utc' });
    act(() => setTimeZoneChoice('pipeline'));
    expect(result.current.zone).toBe('UTC');
    act(() => setTimeZoneChoice('mine'));
  });
});
