import { parseStateUpdate } from './stateUpdate';

const end = { end_date: '2026-01-01T00:00:00Z' };

const DEFERRED = {
  state: 'deferred',
  classpath: 'a.Trigger',
  next_method: 'go_on',
};

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
      {
        state: 'deferred',
        classpath: 'a.Trigger',
        trigger_kwargs: { n: 7 },
        trigger_timeout: 'P1DT0.5S',
        next_method: 'go_on',
        next_kwargs: null,
      },
      {
        state: 'deferred',
        classpath: 'a.Trigger',
        trigger_kwargs: { n: 7 },
        trigger_timeout: 86_400_500,
        next_method: 'go_on',
      },
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
    [{ ...DEFERRED, trigger_kwargs: 7 }, /trigger_kwargs/],
    [{ ...DEFERRED, trigger_timeout: 'soon' }, /no duration/],
    [{ ...DEFERRED, next_method: '' }, /next_method/],
  ])('%j is refused', (body, message) => {
    expect(() => parseStateUpdate(body)).toThrow(
      expect.objectContaining({
        status: 422,
        message: expect.stringMatching(message),
      }),
    );
  });
});
