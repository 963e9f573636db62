import { latestVersionOf, modelView, runView } from './views';

describe('views', () => {
  it('takes the newest version by number', () => {
    const version = (v: string) => ({ name: 'm', version: v });
    expect(
      latestVersionOf({
        name: 'm',
        latest_versions: [version('9'), version('11'), version('10')],
      })?.version,
    ).toBe('11');
    expect(latestVersionOf({ name: 'm' })).toBeUndefined();
  });

  it('shows a model without versions', () => {
    expect(modelView({ name: 'm', description: '' }, new Map())).toEqual({
      name: 'm',
      tags: {},
      aliases: [],
    });
  });

  it('hides bookkeeping tags and credentials in addresses', () => {
    const { latestVersion } = modelView(
      {
        name: 'm',
        latest_versions: [
          {
            name: 'm',
            version: '1',
            source: 's3://key:secret@bucket/a@b',
            tags: [
              { key: 'mlflow.note', value: 'x' },
              { key: 'gate', value: 'passed' },
            ],
          },
        ],
      },
      new Map(),
    );
    expect(latestVersion).toMatchObject({
      source: 's3://bucket/a@b',
      tags: { gate: 'passed' },
    });
  });

  it('keeps metrics with hostile names apart', () => {
    const run = runView({
      info: { run_id: 'r', experiment_id: '1' },
      data: { metrics: [{ key: '__proto__', value: 1 }] },
    });
    expect(Object.keys(run.metrics)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(run.metrics)).toBe(Object.prototype);
  });
});
