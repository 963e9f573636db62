import { parseStateUpdate } from './stateUpdate';

const end = { end_date: '2026-01-01T00:00:00Z' };

describe('states that a task asks for', () => {
  it.each([
    [{ ...end, state: 'success' }, { state: 'success' }],
    [{ ...end, state: 'failed' }, { state: 'failed' }],
    [
      { ...end, state: 'skipped', rendered_map_index: null },
      { state: 'skipped' },
    ],
    [
      { ...end, state: 'up_for_retry', retry_delay_seconds: 1.5 },
      { state: 'up_for_retry', retry_delay_seconds: 1.5 },
    ],
    [
      {
        ...end,
        state: 'up_for_reschedule',
        reschedule_date: '2026-01-01T00:01:00+01:00',
      },
      {
        state: 'up_for_reschedule',
        reschedule_date: Date.UTC(2025, 11, 31, 23, 1),
      },
    ],
    [
      { state: 'deferred', classpath: 'a.Trigger', trigger_kwargs: 7 },
      { state: 'deferred', classpath: 'a.Trigger' },
    ],
  ])('%j is taken over', (body, expected) => {
    expect(parseStateUpdate(body)).toMatchObject(expected);
  });

  it.each([
    [undefined, /body|state/],
    [null, /body|state/],
    [[], /body|state/],
    [{ state: 'running' }, /state/],
    [{ state: 'up_for_reschedule' }, /reschedule_date/],
    [{ state: 'up_for_reschedule', reschedule_date: 'soon' }, /no instant/],
    [{ state: 'up_for_retry', retry_delay_seconds: -1 }, /retry_delay_seconds/],
    [{ state: 'deferred' }, /classpath/],
  ])('%j is refused', (body, message) => {
    expect(() => parseStateUpdate(body)).toThrow(
      expect.objectContaining({
        status: 422,
        message: expect.stringMatching(message),
      }),
    );
  });
});
