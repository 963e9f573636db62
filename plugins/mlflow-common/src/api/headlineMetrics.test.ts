import { headlineMetrics } from './headlineMetrics';

describe('headlineMetrics', () => {
  it('prefers the weighted F1 and the plain accuracy', () => {
    expect(
      headlineMetrics({
        f1: 0.1,
        f1_weighted: 0.9,
        test_accuracy: 0.2,
        accuracy: 0.8,
        loss: 3,
      }),
    ).toEqual({
      accuracy: { name: 'accuracy', value: 0.8 },
      f1: { name: 'f1_weighted', value: 0.9 },
    });
  });

  it('shows nothing rather than something else', () => {
    expect(headlineMetrics({ loss: 1 })).toEqual({});
    expect(headlineMetrics({})).toEqual({});
  });

  it('keeps a value that is not a number', () => {
    expect(headlineMetrics({ accuracy: 'NaN' }).accuracy?.value).toBe('NaN');
  });
});
