import { freshnessOf } from './freshness';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 22, 12);
const options = { now, staleAfterMs: 26 * hour };

function judge(
  view: Partial<Parameters<typeof freshnessOf>[0]>,
  moment = options,
) {
  return freshnessOf(
    { kind: 'batch', online: true, materializedUntil: [], ...view },
    moment,
  );
}

describe('freshnessOf', () => {
  it('is fresh until the limit and stale after it', () => {
    const materializedUntil = [now - 26 * hour];
    expect(judge({ materializedUntil })).toEqual({
      state: 'fresh',
      materializedUntil: now - 26 * hour,
      ageMs: 26 * hour,
      expiresAt: undefined,
    });
    expect(
      judge({ materializedUntil }, { ...options, now: now + 1 }).state,
    ).toBe('stale');
  });

  it('takes the latest interval, in whatever order they come', () => {
    expect(
      judge({ materializedUntil: [now - hour, now - 2 * hour, now - 3 * hour] })
        .ageMs,
    ).toBe(hour);
  });

  it('bears years of intervals', () => {
    const materializedUntil = Array.from(
      { length: 300_000 },
      (_, i) => now - i,
    );
    expect(judge({ materializedUntil }).ageMs).toBe(0);
  });

  it('is expired when Feast serves nothing any more, even if recent', () => {
    const verdict = judge({
      materializedUntil: [now - 2 * hour],
      ttlMs: hour,
    });
    expect(verdict.state).toBe('expired');
    expect(verdict.expiresAt).toBe(now - hour);
  });

  it('never expires without a time to live', () => {
    for (const ttlMs of [0, undefined]) {
      expect(judge({ materializedUntil: [now - hour], ttlMs }).state).toBe(
        'fresh',
      );
    }
  });

  it('counts a materialization into the future as no age', () => {
    expect(judge({ materializedUntil: [now + hour] })).toMatchObject({
      state: 'fresh',
      ageMs: 0,
    });
  });

  it('tells apart the views that have no materialization', () => {
    expect(judge({}).state).toBe('never');
    expect(judge({ online: false }).state).toBe('offline');
    expect(judge({ kind: 'stream' }).state).toBe('streaming');
    expect(judge({ kind: 'on-demand', online: false }).state).toBe('on-demand');
  });

  it('does not promise values of a view that went offline', () => {
    expect(
      judge({ online: false, materializedUntil: [now - hour] }),
    ).toMatchObject({ state: 'offline', ageMs: hour });
  });
});
